import dagsterpipes.scaladsl._
import org.apache.spark.sql.SparkSession

/** Reads lines such as `1;12.50`; says of each file what it could not read, and counts both kinds. */
object Parse {
  private val Order = """(\d+);(\d+\.\d\d)""".r

  def main(args: Array[String]): Unit = Pipes.run(args) { pipes =>
    val spark   = SparkSession.builder().getOrCreate()
    val reports = TaskReports(pipes, spark.sparkContext)
    // Extras are read here: a task cannot ask `pipes`.
    val shown = pipes.extraOr("bad_lines_shown", 3)

    val prices = spark.sparkContext.textFile(pipes.extra[String]("path")).mapPartitions { lines =>
      var bad = 0
      lines.flatMap {
        case Order(_, price) =>
          reports.count("orders")
          Some(BigDecimal(price))
        case line =>
          bad += 1
          if (bad <= shown) reports.warning(s"no order: $line")
          reports.count("bad lines")
          None
      }
    }
    val total = prices.fold(BigDecimal(0))(_ + _) // one action: each line is counted once

    pipes.reportAssetMaterialization(metadata = Metadata.fromMap(reports.counters + ("total" -> total)))
  }
}
