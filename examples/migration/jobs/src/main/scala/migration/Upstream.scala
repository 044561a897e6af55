package migration

import dagsterpipes.scaladsl._
import org.apache.spark.sql.SparkSession

/** Writes the flights as Parquet and reports where they are. `upstream.py` does the same in PySpark. */
object Upstream {
  def main(args: Array[String]): Unit = Pipes.run(args) { pipes =>
    val spark  = SparkSession.builder().getOrCreate()
    val csv    = pipes.extra[String]("flights_csv")
    val output = pipes.extra[String]("output_path")

    pipes.log.info(s"reading $csv")
    Flights.readCsv(spark, csv).write.mode("overwrite").parquet(output)

    // Counted in what was written, not in what was read.
    val written = spark.read.parquet(output)
    val rows    = written.count()
    pipes.log.info(s"wrote $rows flights to $output")
    pipes.reportAssetMaterialization(
      metadata =
        Map("path" -> Metadata.path(output), "rows" -> rows, "schema" -> Metadata.tableSchema(written))
    )
  }
}
