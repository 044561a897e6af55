package migration

import dagsterpipes.scaladsl._
import org.apache.spark.sql.{DataFrame, SparkSession}
import org.apache.spark.sql.functions._

/** Reads the Parquet at the path that the upstream asset has as its value, and reports delays by airport. `downstream.py`
  * does the same in PySpark.
  */
object Downstream {
  def main(args: Array[String]): Unit = Pipes.run(args) { pipes =>
    val spark   = SparkSession.builder().getOrCreate()
    val flights = spark.read.parquet(pipes.extra[String]("path")).cache()
    val rows    = flights.count()
    pipes.log.info(s"read $rows flights")

    pipes.reportAssetMaterialization(
      metadata = Map(
        "flights"            -> rows,
        "delays_by_origin"   -> Metadata.table(delaysByOrigin(flights)),
        "worst_destinations" -> Metadata.table(worstDestinations(flights))
      )
    )

    val withoutOrigin = flights.filter(col("origin").isNull).count()
    pipes.reportAssetCheck(
      "every_flight_has_origin",
      passed = withoutOrigin == 0,
      metadata = Map("flights_without_origin" -> withoutOrigin)
    )
  }

  /** Of each airport in New York: flights, mean departure delay of those that left, and how many did not. */
  private def delaysByOrigin(flights: DataFrame): DataFrame =
    flights
      .groupBy("origin")
      .agg(
        count(lit(1)).as("flights"),
        round(avg("dep_delay"), 2).as("mean_departure_delay_minutes"),
        count(when(col("dep_time").isNull, 1)).as("cancelled")
      )
      .orderBy("origin")

  /** The ten destinations with the longest mean arrival delay, of those with a thousand flights or more. */
  private def worstDestinations(flights: DataFrame): DataFrame =
    flights
      .groupBy("dest")
      .agg(count(lit(1)).as("flights"), round(avg("arr_delay"), 2).as("mean_arrival_delay_minutes"))
      .filter(col("flights") >= 1000)
      .orderBy(col("mean_arrival_delay_minutes").desc, col("dest"))
      .limit(10)
}
