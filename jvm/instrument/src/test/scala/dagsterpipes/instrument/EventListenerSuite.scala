package dagsterpipes.instrument

import java.util.concurrent.{CountDownLatch, TimeUnit}

import dagsterpipes.FileSession
import dagsterpipes.session.Sessions
import dagsterpipes.spark.{LocalSpark, SparkSuite}
import org.apache.spark.scheduler.{SparkListener, SparkListenerEvent}
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd

/** The findings of a listener from the events of a Spark that runs. */
class EventListenerSuite extends SparkSuite {
  private var spark: SparkSession = _

  override def beforeAll(): Unit = spark = LocalSpark.open("spark.sql.adaptive.enabled" -> "true")
  override def afterAll(): Unit  = spark.stop()

  /** The log lines, and the table of stages, of one SQL execution. */
  private def seen(execution: => Unit): (List[String], String) = {
    val context = spark.sparkContext
    var stages  = ""
    val sent = FileSession.run() { pipes =>
      val findings = new Findings(pipes, Sessions.first())
      val ended    = new CountDownLatch(1)
      val listener = new EventListener(context, findings)
      val last = new SparkListener {
        override def onOtherEvent(event: SparkListenerEvent): Unit =
          if (event.isInstanceOf[SparkListenerSQLExecutionEnd]) ended.countDown()
      }
      // One queue, in this order: what the second one has met, the first one has met before.
      context.addSparkListener(listener)
      context.addSparkListener(last)
      try {
        execution
        assert(ended.await(2, TimeUnit.MINUTES))
      } finally {
        context.removeSparkListener(listener)
        context.removeSparkListener(last)
      }
      stages = findings.stages.table()
    }
    (sent.logs.map(_._2), stages)
  }

  // Adaptive execution runs the stage before a shuffle as a job of its own, from a thread of its own.
  test("a failed job is named by the application's line, not by Spark's") {
    val (logs, _) = seen {
      intercept[Exception] {
        spark
          .range(4)
          .selectExpr("id % 2 as k", "raise_error('odd') as e")
          .groupBy("k")
          .agg("e" -> "max")
          .collect()
      }
    }
    // Spark tells the caller before it tells of the job's end: on a busy machine that of the execution comes first.
    val failed = logs.filter(_.contains(" failed: "))
    assert(failed.nonEmpty, logs)
    for (line <- failed)
      assert(
        line.matches(
          "(?s)Spark (job|SQL execution) \\d+ failed: collect at EventListenerSuite.scala:\\d+: .*odd.*"
        ),
        logs
      )
  }

  test("stages are named by the application's line, with their tasks") {
    val (_, stages) = seen(spark.range(0, 4, 1, 2).selectExpr("id % 2 as k").groupBy("k").count().collect())
    val rows        = stages.linesIterator.drop(2).toList
    assertEquals(rows.size, 2, stages)
    for (row <- rows) assert(row.contains("| collect at EventListenerSuite.scala:"), stages)
    assertEquals(rows.map(_.split('|')(3).trim), List("2", "1"))
  }
}
