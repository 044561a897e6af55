package jobs

import dagsterpipes.scaladsl._
import org.apache.spark.sql.functions.sum
import org.apache.spark.sql.{DataFrame, SparkSession}

/** Writes the revenue of each day as Parquet. */
object Revenue {
  def byDay(orders: DataFrame): DataFrame = orders.groupBy("day").agg(sum("amount").as("revenue")).orderBy("day")

  def main(args: Array[String]): Unit = Pipes.run(args) { pipes =>
    val spark   = SparkSession.builder().getOrCreate()
    val output  = pipes.extra[String]("output")
    val revenue = byDay(spark.read.parquet(pipes.extra[String]("input")))
    revenue.write.mode("overwrite").parquet(output)
    pipes.reportDataFrame(revenue, output, previewRows = 10)
  }
}
