package dagsterpipes.spark

import scala.concurrent.duration._

import org.apache.spark.sql.SparkSession

/** A suite that starts Sparks: on a busy machine a start takes longer than munit's 30 seconds. */
abstract class SparkSuite extends munit.FunSuite {
  override val munitTimeout: Duration = 5.minutes
}

/** A Spark in this process, quiet and without a web page. */
object LocalSpark {
  def open(conf: (String, String)*): SparkSession = {
    val builder = SparkSession.builder
      .master("local[1]")
      .config("spark.ui.enabled", "false")
      .config("spark.driver.host", "127.0.0.1")
      .config("spark.driver.bindAddress", "127.0.0.1")
      .config("spark.sql.session.timeZone", "UTC")
      .config("spark.sql.shuffle.partitions", "1")
    conf.foreach { case (key, value) => builder.config(key, value) }
    builder.getOrCreate()
  }
}
