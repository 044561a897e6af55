package dagsterpipes.scaladsl

import java.time.Instant

import scala.language.implicitConversions

import dagsterpipes.report.{MetadataValue, TableColumn, TableColumnDep, TableSchema}
import dagsterpipes.spark.DataFrames
import org.apache.spark.sql.Dataset

/** One metadata value of a report.
  *
  * Every value with a [[MetadataEncoder]] becomes one by itself where a `Metadata` is expected, so a report's map mixes
  * plain values with the typed ones of the companion:
  * {{{
  * Map("rows" -> df.count(), "schema" -> Metadata.tableSchema(df), "report" -> Metadata.md("# ok"), "mean" -> Some(0.5))
  * }}}
  * A value of any other type does not compile. A map that was built elsewhere as `Map[String, Any]` goes through
  * [[Metadata.fromMap]], which checks at run time. Immutable.
  */
final class Metadata private (val asJava: MetadataValue) {
  override def toString: String = asJava.toString
}

/** Typed values, under the names that Dagster has for them. */
object Metadata {
  def apply(value: MetadataValue): Metadata = new Metadata(value)

  def text(value: String): Metadata = Metadata(MetadataValue.text(value))

  def url(value: String): Metadata = Metadata(MetadataValue.url(value))

  /** A path or URI of anything: a file, a directory, `s3://bucket/key`. */
  def path(value: String): Metadata = Metadata(MetadataValue.path(value))

  def notebook(path: String): Metadata = Metadata(MetadataValue.notebook(path))

  /** Markdown. */
  def md(markdown: String): Metadata = Metadata(MetadataValue.md(markdown))

  /** Maps, sequences, options, case classes, strings, numbers, booleans and nulls in any nesting.
    *
    * @throws dagsterpipes.errors.PipesException for anything else, with the path to it
    */
  def json(value: Any): Metadata = Metadata(MetadataValue.json(ToJava(value)))

  def float(value: Double): Metadata = Metadata(MetadataValue.floatValue(value))

  def int(value: Long): Metadata = Metadata(MetadataValue.intValue(value))

  /** With all its digits. */
  def int(value: BigInt): Metadata = Metadata(MetadataValue.intValue(value.underlying))

  def bool(value: Boolean): Metadata = Metadata(MetadataValue.boolValue(value))

  def dagsterRun(runId: String): Metadata = Metadata(MetadataValue.dagsterRun(runId))

  /** An asset key, its parts joined by `/`. */
  def asset(assetKey: String): Metadata = Metadata(MetadataValue.asset(assetKey))

  /** The value null; None becomes it, too. */
  val nullValue: Metadata = Metadata(MetadataValue.nullValue())

  def timestamp(moment: Instant): Metadata = Metadata(MetadataValue.timestamp(moment))

  /** Seconds since 1970-01-01T00:00:00Z, with fractions. */
  def timestamp(epochSeconds: Double): Metadata = Metadata(MetadataValue.timestamp(epochSeconds))

  /** A DataFrame's columns: name, type, nullable, comment. Runs no Spark job. */
  def tableSchema(data: Dataset[_]): Metadata = Metadata(DataFrames.tableSchema(data))

  def tableSchema(columns: TableColumn*): Metadata = Metadata(
    MetadataValue.tableSchema(TableSchema.of(columns: _*))
  )

  /** A DataFrame's first rows; see `dagsterpipes.spark.DataFrames.table`. Runs a Spark job. */
  def table(data: Dataset[_], rows: Int = 20): Metadata = Metadata(DataFrames.table(data, rows))

  /** A DataFrame's number of rows. Runs a Spark job over all of the data. */
  def rowCount(data: Dataset[_]): Metadata = Metadata(DataFrames.rowCount(data))

  /** A table of values at hand: one map a row, column name to string, number, boolean or null. */
  def table(columns: Seq[TableColumn], records: Seq[Map[String, Any]]): Metadata = {
    val rows = new java.util.ArrayList[java.util.Map[String, AnyRef]]
    records.foreach(record => rows.add(ToJava.map(record)))
    Metadata(MetadataValue.table(ToJava.list(columns), rows))
  }

  /** For each column of this asset the upstream columns that it was made from. */
  def tableColumnLineage(depsByColumn: Map[String, Seq[TableColumnDep]]): Metadata = {
    val deps = new java.util.LinkedHashMap[String, java.util.List[TableColumnDep]]
    depsByColumn.foreach { case (column, upstream) => deps.put(column, ToJava.list(upstream)) }
    Metadata(MetadataValue.tableColumnLineage(deps))
  }

  /** A value whose type only the run time knows.
    *
    * @throws dagsterpipes.errors.PipesException when Dagster has no place for it
    */
  def of(value: Any): Metadata = value match {
    case metadata: Metadata => metadata
    case other              => Metadata(MetadataValue.of(ToJava(other)))
  }

  /** A map that was built elsewhere, with values as [[of]] takes them. */
  def fromMap(values: scala.collection.Map[String, Any]): Map[String, Metadata] =
    values.iterator.map { case (name, value) => name -> of(value) }.toMap

  /** What lets a plain value stand where a `Metadata` is expected; the compiler finds it here. */
  implicit def encoded[A](value: A)(implicit encoder: MetadataEncoder[A]): Metadata =
    if (value == null) nullValue else encoder.encode(value)

  /** For a map of one type of values that was not written in place. */
  implicit def encodedMap[A](values: Map[String, A])(implicit
      encoder: MetadataEncoder[A]
  ): Map[String, Metadata] =
    values.map { case (name, value) => name -> encoded(value) }
}
