import dagsterpipes.scaladsl._
import org.apache.spark.sql.SparkSession

object Orders {
  def main(args: Array[String]): Unit = Pipes.run(args) { pipes =>
    val spark  = SparkSession.builder().getOrCreate()
    val orders = spark.read.parquet(pipes.extra[String]("path"))
    pipes.log.info(s"read ${orders.count()} orders")
    pipes.reportAssetMaterialization(
      metadata = Map(
        "rows"   -> orders.count(),
        "schema" -> Metadata.tableSchema(orders),
        "report" -> Metadata.md("# ok")
      )
    )
    pipes.reportAssetCheck("no_nulls", passed = orders.filter("id IS NULL").isEmpty)
  }
}
