package dagsterpipes.spark

import org.apache.spark.sql.SparkSession

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
