import dagsterpipes.scaladsl._
import org.apache.spark.sql.DataFrame

/** What a PySpark job calls: it reports into the session that Python opened, in the order of the calls. */
object Described {
  def report(data: DataFrame, path: String, rows: Long, assetKey: String): Unit =
    Pipes.current.reportDataFrame(
      data,
      path,
      rowCount = Some(rows),
      previewRows = 2,
      metadata = Map(
        "table" -> Metadata.table(data),
        "rows"  -> Metadata.rowCount(data) // counts anew: what was read, not what was written
      ),
      assetKey = assetKey
    )
}
