package dagsterpipes.scaladsl

import java.io.{ByteArrayOutputStream, NotSerializableException, ObjectOutputStream}

import scala.concurrent.duration._

import org.apache.spark.{SparkConf, SparkContext}

class TaskReportsSuite extends munit.FunSuite {

  /** For tests that start a Spark; `sbt check` skips them. */
  private val Process = new munit.Tag("Process")

  // On a busy machine a Spark takes longer to start than munit's 30 seconds.
  override val munitTimeout: Duration = 5.minutes

  test("what tasks report arrives, at every level, and counters are Scala's".tag(Process)) {
    val conf =
      new SparkConf(false).setMaster("local[2]").setAppName("reports").set("spark.ui.enabled", "false")
    val spark = new SparkContext(conf)
    try {
      val (lines, thrown) = Session.run() { pipes =>
        val reports = TaskReports(pipes, spark)
        spark.parallelize(1 to 10, 2).foreachPartition { numbers =>
          reports.count("numbers", numbers.size.toLong)
          reports.count("partitions")
          reports.debug("D")
          reports.info("I")
          reports.warning("W")
          reports.warn("W")
          reports.error("E")
          reports.critical("C")
        }
        assertEquals(reports.counters, Map("numbers" -> 10L, "partitions" -> 2L))
        assertEquals(reports.counters.keys.toList, List("numbers", "partitions"))
        pipes.reportAssetMaterialization(metadata = reports.counters)
      }
      assertEquals(thrown, None)
      val levels = lines.filter(_.contains("\"log\"")).map(_.replaceAll(""".*"level": ?"(\w+)".*""", "$1"))
      val each   = Seq("DEBUG", "INFO", "WARNING", "WARNING", "ERROR", "CRITICAL")
      assertEquals(levels.toList, (each ++ each).toList)
      assert(lines(lines.size - 2).contains("\"numbers\""), lines(lines.size - 2))
    } finally spark.stop()
  }

  test("a session caught in a closure says why it cannot leave the driver") {
    val (_, thrown) = Session.run() { pipes =>
      val out = new ObjectOutputStream(new ByteArrayOutputStream)
      Seq[(String, Any)]("A PipesContext" -> pipes, "A PipesLogger" -> pipes.log).foreach {
        case (what, value) =>
          val error = intercept[NotSerializableException](out.writeObject(value))
          assert(
            error.getMessage.startsWith(s"$what was caught in a closure that Spark sends to its executors")
          )
      }
    }
    assertEquals(thrown, None)
  }
}
