package dagsterpipes.instrument

import java.nio.file.Files
import java.util.concurrent.{LinkedBlockingQueue, TimeUnit}

import scala.collection.JavaConverters._

import dagsterpipes.FileSession
import dagsterpipes.session.Sessions
import dagsterpipes.spark.{LocalSpark, SparkSuite}
import org.apache.spark.scheduler.{SparkListener, SparkListenerEvent}
import org.apache.spark.sql.{DataFrameWriter, Row, SparkSession}
import org.apache.spark.sql.execution.SQLExecution
import org.apache.spark.sql.execution.ui.{SparkListenerSQLExecutionEnd, SparkListenerSQLExecutionStart}

/** The places of writes through connectors, and of tables under several spellings. */
class ConnectorsSuite extends SparkSuite {
  private var spark: SparkSession = _
  private val folder              = Files.createTempDirectory("connectors")

  override def beforeAll(): Unit = spark = LocalSpark.open("spark.sql.warehouse.dir" -> folder.toUri.toString)
  override def afterAll(): Unit  = spark.stop()

  private def place(source: String, options: (String, String)*) =
    Connectors.place(source, SourceOptions.of(options.toMap.asJava)).inWords

  test("each connector names its table by options of its own, in any case, and never by a temporary folder") {
    val jdbc = "jdbc:redshift://r.amazonaws.com:5439/shop"
    for (
      (found, expected) <- Seq(
        place("bigquery", "table" -> "p:sales.orders", "temporaryGcsBucket" -> "b") -> "p.sales.orders",
        place("bigquery", "path" -> "sales.orders", "project" -> "p")               -> "p.sales.orders",
        place("bigquery", "TABLE" -> "orders", "dataset" -> "sales")                -> "sales.orders",
        place(
          "net.snowflake.spark.snowflake.DefaultSource",
          "dbTable"    -> "\"Orders\"",
          "sfDatabase" -> "shop",
          "sfSchema"   -> "public",
          "tempdir"    -> "s3://tmp/x"
        )                                                                     -> "shop.public.Orders",
        place("snowflake", "dbtable" -> "a.b.orders", "sfDatabase" -> "shop") -> "a.b.orders",
        place(
          "io.github.spark_redshift_community.spark.redshift.DefaultSource",
          "dbtable" -> "public.orders",
          "url"     -> jdbc,
          "tempdir" -> "s3://tmp/x"
        ) -> "shop.public.orders",
        place("com.mongodb.spark.sql.connector.MongoTable", "database" -> "shop", "collection" -> "orders") ->
          "shop.orders",
        place("org.apache.spark.sql.cassandra", "keyspace" -> "shop", "table" -> "orders") -> "shop.orders",
        place(
          "com.databricks.spark.sqldw",
          "dbTable" -> "orders",
          "url"     -> "jdbc:sqlserver://d;database=shop",
          "tempDir" -> "wasbs://t@x/y"
        )                                                                          -> "shop.orders",
        place("kafka", "topic" -> "orders", "kafka.bootstrap.servers" -> "b:9092") -> "orders",
        place("org.elasticsearch.spark.sql", "path" -> "orders")                   -> "orders",
        place("delta", "path" -> "s3://lake/orders", "tempdir" -> "s3://tmp")      -> "s3://lake/orders",
        place("someones.Source", "tempdir" -> "s3://tmp/x")                        -> "an unknown place",
        place("someones.Source", "table" -> "orders", "database" -> "shop")        -> "shop.orders"
      )
    ) assertEquals(found, expected)
  }

  /** The lines about the writes of an application, and its only asset. A CREATE TABLE AS SELECT is two executions. */
  private def seen(executions: Int)(application: => Unit): (List[String], Map[String, Any]) = {
    val context = spark.sparkContext
    val sent = FileSession.run(asset = Some("made")) { pipes =>
      val findings = new Findings(pipes, Sessions.of(pipes))
      val ended    = new LinkedBlockingQueue[SparkListenerEvent]
      val listener = new EventListener(context, findings)
      val last = new SparkListener {
        override def onOtherEvent(event: SparkListenerEvent): Unit =
          if (event.isInstanceOf[SparkListenerSQLExecutionEnd]) ended.add(event)
      }
      context.addSparkListener(listener)
      context.addSparkListener(last)
      try {
        application
        for (_ <- 1 to executions) assert(ended.poll(1, TimeUnit.MINUTES) != null)
      } finally {
        context.removeSparkListener(listener)
        context.removeSparkListener(last)
      }
      findings.report()
    }
    val lines =
      sent.logs.map(_._2).filter(_.startsWith("Spark wrote ")).map(_.replaceAll(", [\\d.]+ [KM]?i?B", ""))
    (lines, sent.materializations.headOption.getOrElse(Map.empty))
  }

  private def rows(count: Int): DataFrameWriter[Row] = spark.range(count).toDF("id").write

  test("a connector that stages its rows in files is told by its table, without the files") {
    val (lines, made) = seen(2) {
      rows(5)
        .format("com.google.cloud.spark.bigquery.StagingSource")
        .option("tempdir", s"$folder/staged")
        .option("Table", "p:sales.orders")
        .save()
    }
    assertEquals(lines, List("Spark wrote 5 rows to p.sales.orders (StagingSource, errorifexists)"))
    assertEquals(made("dagster/table_name"), "p.sales.orders")
    for (key <- Seq("dagster/uri", "spark/bytes_written", "spark/files_written"))
      assert(!made.contains(key), key)
    val (unknown, _) = seen(2) {
      rows(5)
        .format("com.google.cloud.spark.bigquery.StagingSource")
        .option("tempdir", s"$folder/again")
        .save()
    }
    val nowhere = "Spark wrote 5 rows to an unknown place (StagingSource, errorifexists)"
    assertEquals(unknown, List(s"$nowhere; it belongs to none of this step's assets"))
  }

  test("a connector of version 2 is told by its options") {
    val (lines, _) = seen(1) {
      rows(5)
        .format("com.mongodb.spark.sql.connector.DocumentSource")
        .option("database", "shop")
        .option("collection", "orders")
        .mode("append")
        .save()
    }
    assertEquals(lines, List("Spark wrote 5 rows to shop.orders (append)"))
  }

  test("one table has one name, as its catalog has it") {
    val (lines, made) = seen(4) {
      rows(5).saveAsTable("Default.Orders")
      rows(2).insertInto("DEFAULT.ORDERS")
      rows(1).insertInto("orders")
    }
    assertEquals(lines.map(_.split(" to ")(1).split(" ")(0)).distinct, List("default.orders"))
    assertEquals(made("spark/rows_written"), 8)
    assert(!made.contains("spark/writes"))
  }

  test("the result of a command that is shown again is no second write") {
    val (lines, _) = seen(4) {
      spark.sql("create table shown (id bigint) using parquet")
      val inserted = spark.sql("insert into shown select id from range(3)")
      inserted.collect()
      inserted.collect()
    }
    assertEquals(lines, List("Spark wrote 3 rows, 1 file to default.shown (parquet, append)"))
    val (several, _) = seen(3) {
      val both = "from range(3) insert into shown select id insert into shown select id where id < 1"
      spark.sql(both).collect()
    }
    assertEquals(several.map(_.split(",")(0)), List("Spark wrote 3 rows", "Spark wrote 1 row"))
    val (listed, _) = seen(2)(spark.sql("show tables").write.parquet(s"$folder/listed"))
    assertEquals(listed.size, 1, listed)
  }

  test("a thread that outlives the execution in which it was started has writes of its own") {
    val context = spark.sparkContext
    val started = new LinkedBlockingQueue[java.lang.Long]
    val ids = new SparkListener {
      override def onOtherEvent(event: SparkListenerEvent): Unit = event match {
        case start: SparkListenerSQLExecutionStart => started.add(start.executionId)
        case _                                     =>
      }
    }
    context.addSparkListener(ids)
    try {
      val (lines, _) = seen(2) {
        spark.range(1).collect()
        context.setLocalProperty(
          SQLExecution.EXECUTION_ROOT_ID_KEY,
          started.poll(1, TimeUnit.MINUTES).toString
        )
        rows(5).parquet(s"$folder/late")
      }
      assertEquals(lines, List(s"Spark wrote 5 rows, 1 file to file:$folder/late (parquet, errorifexists)"))
    } finally {
      context.setLocalProperty(SQLExecution.EXECUTION_ROOT_ID_KEY, null)
      context.removeSparkListener(ids)
    }
  }

  test("names that differ in case are two tables for a session that says so") {
    spark.conf.set("spark.sql.caseSensitive", "true")
    try {
      val (lines, _) = seen(4) {
        rows(5).saveAsTable("Lines")
        rows(2).saveAsTable("lines")
      }
      assertEquals(lines.map(_.split(" to ")(1).split(" ")(0)), List("default.Lines", "default.lines"))
    } finally spark.conf.unset("spark.sql.caseSensitive")
  }

  test("a table whose path has spaces and percent signs, and an append by that path, are one place") {
    val path = s"$folder/my out/a%b%20c"
    val (_, made) = seen(4) {
      rows(5).option("path", path).saveAsTable("spaced")
      rows(2).mode("append").parquet(path)
      rows(1).insertInto("spaced")
    }
    assertEquals(made("dagster/uri"), s"file:$path")
    assertEquals(made("dagster/table_name"), "default.spaced")
    assertEquals(made("spark/rows_written"), 8)
    val (lines, _) = seen(2)(spark.sql(s"insert overwrite directory '$path/x y' using parquet select 1 as a"))
    assertEquals(lines, List(s"Spark wrote 1 row, 1 file to $path/x y (parquet, overwrite)"))
  }

  test("char and varchar are in the schema of a table as they were declared, and files have strings") {
    spark.sql("create table typed (c char(5), d varchar(7), e string) using parquet")
    spark.sql("create table loose (c string, d string, e string) using parquet")
    def types(made: Map[String, Any]) = made("dagster/column_schema").toString
    for (
      (executions, write) <- Seq[(Int, () => Any)](
        1 -> (() => spark.sql("insert into typed select 'a', 'b', 'c'")),
        2 -> (() => spark.sql("create table copied using parquet as select * from typed"))
      )
    ) {
      val (_, made) = seen(executions)(write())
      assert(types(made).contains("char(5)") && types(made).contains("varchar(7)"), types(made))
    }
    for (
      write <- Seq[() => Any](
        () => spark.table("typed").write.parquet(s"$folder/typed-files"),
        () => spark.sql("insert into loose select * from typed")
      )
    ) {
      val (_, made) = seen(1)(write())
      assert(!types(made).contains("char("), types(made))
    }
  }
}
