package dagsterpipes.instrument

import java.nio.file.Files
import java.util.concurrent.{CountDownLatch, TimeUnit}

import dagsterpipes.FileSession
import dagsterpipes.session.Sessions
import dagsterpipes.spark.{LocalSpark, SparkSuite}
import org.apache.spark.scheduler.{SparkListener, SparkListenerJobStart}
import org.apache.spark.sql.SparkSession

/** The counts of steps with partitions, of a Spark that runs. */
class PartitionCountsSuite extends SparkSuite {
  private val Mode                = "spark.sql.sources.partitionOverwriteMode"
  private var spark: SparkSession = _
  private val folder              = Files.createTempDirectory("counts")

  override def beforeAll(): Unit =
    spark = LocalSpark.open("spark.sql.warehouse.dir" -> s"$folder/warehouse", Mode -> "dynamic")
  override def afterAll(): Unit = spark.stop()

  /** The figures of a step with the partitions from one to another one. */
  private def step(from: String, to: String)(writes: String*): Map[String, Any] = {
    val context = spark.sparkContext
    val sent = FileSession.run(
      asset = Some("made"),
      fields = s""", "partition_key_range": {"start": "$from", "end": "$to"}"""
    ) { pipes =>
      val findings = new Findings(pipes, Sessions.first())
      val listener = new EventListener(context, findings)
      val ended    = new CountDownLatch(1)
      val last = new SparkListener {
        override def onJobStart(event: SparkListenerJobStart): Unit =
          if (event.properties.getProperty("last") != null) ended.countDown()
      }
      // One queue, in this order: what the second one has met, the first one has met before.
      context.addSparkListener(listener)
      context.addSparkListener(last)
      try {
        writes.foreach(spark.sql)
        context.setLocalProperty("last", "true")
        context.parallelize(Seq(1), 1).count()
        assert(ended.await(2, TimeUnit.MINUTES))
      } finally {
        context.setLocalProperty("last", null)
        context.removeSparkListener(listener)
        context.removeSparkListener(last)
      }
      findings.outputs.report(new java.util.HashMap)
    }
    sent.materializations.head.filter { case (key, _) => key.contains("row") }
  }

  private def table(name: String): Unit = {
    spark.sql(s"create table $name (id long, day string) using parquet partitioned by (day)")
    spark.sql(s"insert into $name select id, '2013-01-0' || (id % 3) from range(30)")
  }

  private def insert(table: String, day: String, rows: Int) =
    s"insert overwrite $table partition (day = '2013-01-0$day') select id from range($rows)"

  private def truth(table: String, days: String) =
    spark.sql(s"select * from $table where day in ($days)").count.toInt

  test("the step's partition has its own count, and the other ones do not") {
    table("one")
    val day = "2013-01-01"
    assertEquals(
      step(day, day)(insert("one", "1", 7), insert("one", "1", 5)),
      Map[String, Any]("dagster/partition_row_count" -> 5, "spark/rows_written" -> 5)
    )
    assertEquals(truth("one", s"'$day'"), 5)
    assertEquals(step(day, day)(insert("one", "2", 7)), Map[String, Any]("spark/rows_written" -> 7))
    assertEquals(
      step(day, day)(insert("one", "2", 4), insert("one", "1", 6)),
      Map[String, Any]("dagster/partition_row_count" -> 6, "spark/rows_written" -> 10)
    )
  }

  test("the figures of a range have names of their own") {
    table("two")
    assertEquals(
      step("2013-01-01", "2013-01-02")(insert("two", "1", 7), insert("two", "2", 5)),
      Map[String, Any]("spark/range_rows_written" -> 12)
    )
    assertEquals(truth("two", "'2013-01-01', '2013-01-02'"), 12)
    val all = s"insert overwrite directory '$folder/all' using parquet select id from range(9)"
    assertEquals(
      step("2013-01-01", "2013-01-02")(all),
      Map[String, Any]("spark/range_row_count" -> 9, "spark/range_rows_written" -> 9)
    )
  }

  test("a dynamic overwrite is not known to be that of one partition, and the session's mode counts") {
    table("three")
    val day       = "2013-01-01"
    val overwrite = "insert overwrite three select id, '2013-01-0' || (1 + id % 2) from range(8)"
    assertEquals(step(day, day)(overwrite), Map[String, Any]("spark/rows_written" -> 8))
    assertEquals((truth("three", s"'$day'"), spark.table("three").count), (4, 18L))
    spark.conf.set(Mode, "static")
    try {
      assertEquals(step(day, day)(overwrite), Map[String, Any]("spark/rows_written" -> 8))
      assertEquals(
        step(day, day)(s"$overwrite where id % 2 = 0"),
        Map[String, Any]("dagster/partition_row_count" -> 4, "spark/rows_written" -> 4)
      )
    } finally spark.conf.set(Mode, "dynamic")
    assertEquals((truth("three", s"'$day'"), spark.table("three").count), (4, 4L))
  }
}
