package delays

import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.expressions.Window
import org.apache.spark.sql.functions._

/** An application as it was before anybody thought of Dagster: `Delays FLIGHTS_CSV OUTPUT_DIRECTORY`. */
object Delays {
  def main(args: Array[String]): Unit = {
    val Array(flightsCsv, output) = args.take(2)
    val spark                     = SparkSession.builder().appName("delays").getOrCreate()

    // From the program itself: no file and no table knows these names.
    val names    = Seq("UA" -> "United", "AA" -> "American", "DL" -> "Delta", "B6" -> "JetBlue")
    val airlines = spark.createDataFrame(spark.sparkContext.parallelize(names)).toDF("carrier", "airline")

    val flights = spark.read.option("header", "true").option("nullValue", "NA").csv(flightsCsv)
    val delays = flights
      .groupBy("carrier", "origin")
      .agg(avg(col("dep_delay").cast("double")).as("mean_delay"), count(lit(1)).as("flights"))
      .join(airlines, Seq("carrier"), "left")
      .withColumn("place", rank().over(Window.partitionBy("origin").orderBy(col("mean_delay").desc)))
    delays.write.mode("overwrite").partitionBy("origin").parquet(s"$output/delays")

    val written = spark.read.parquet(s"$output/delays")
    written
      .select("airline", "flights")
      .union(written.select(lit("all"), col("flights")))
      .groupBy("airline")
      .agg(sum("flights").as("flights"))
      .write
      .mode("overwrite")
      .option("path", s"$output/totals")
      .saveAsTable("totals")

    println(s"${written.count()} rows of delays")
    if (args.contains("check")) {
      flights
        .select("tailnum")
        .foreach(row => if (row.isNullAt(0)) throw new IllegalStateException("a flight without an aircraft"))
    }
    spark.stop()
  }
}
