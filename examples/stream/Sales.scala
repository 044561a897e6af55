import dagsterpipes.scaladsl._
import org.apache.spark.sql.SparkSession

/** Writes one table after the other, and reports each as soon as it is written. */
object Sales {
  def main(args: Array[String]): Unit = Pipes.run(args) { pipes =>
    val spark  = SparkSession.builder().getOrCreate()
    val sales  = spark.read.option("header", value = true).csv(pipes.extra[String]("path")).cache()
    val output = pipes.extra[String]("output")

    for (column <- Seq("region", "product", "month")) {
      val name  = s"sales_by_$column"
      val table = sales.groupBy(column).count()
      table.write.mode("overwrite").parquet(s"$output/$name")
      pipes.reportAssetMaterialization(assetKey = name, metadata = Map("rows" -> table.count()))
      pipes.reportAssetCheck("no_nulls", passed = table.filter(s"$column IS NULL").isEmpty, assetKey = name)
    }
  }
}
