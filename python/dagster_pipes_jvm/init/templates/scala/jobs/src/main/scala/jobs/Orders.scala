package jobs

import dagsterpipes.scaladsl._
import org.apache.spark.sql.functions.col
import org.apache.spark.sql.{DataFrame, SparkSession}

/** Writes the paid orders of a CSV file as Parquet. */
object Orders {
  def paid(orders: DataFrame): DataFrame = orders.filter(col("status") === "paid").drop("status")

  def main(args: Array[String]): Unit = Pipes.run(args) { pipes =>
    val spark  = SparkSession.builder().getOrCreate()
    val input  = pipes.extra[String]("input")
    val output = pipes.extra[String]("output")
    val orders = paid(spark.read.option("header", "true").option("inferSchema", "true").csv(input))
    orders.write.mode("overwrite").parquet(output)
    pipes.log.info(s"wrote $output")
    pipes.reportAssetMaterialization(
      metadata = Map(
        "path"                  -> output,
        "dagster/row_count"     -> Metadata.rowCount(orders),
        "dagster/column_schema" -> Metadata.tableSchema(orders)
      )
    )
    pipes.reportAssetCheck("no_customer_is_missing", passed = orders.filter(col("customer").isNull).isEmpty)
  }
}
