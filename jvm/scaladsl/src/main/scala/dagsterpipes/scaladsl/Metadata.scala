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
  * Map(
  *   "rows"   -> df.count(),
  *   "schema" -> Metadata.tableSchema(df),
  *   "report" -> Metadata.md("# ok"),
  *   "mean"   -> Some(0.5)
  * )
  * }}}
  * A value of any other type does not compile. A map that was built elsewhere as `Map[String, Any]` goes through
  * [[Metadata.fromMap]], which checks at run time. Immutable.
  */
final class Metadata private (val asJava: MetadataValue) {
  override def toString: String = asJava.toString
}

/** Typed values, under the names that Dagster has for them. */
object Metadata {

  /** A value of the Java API. */
  def apply(value: MetadataValue): Metadata = new Metadata(value)

  /** Text, shown unchanged: [[md]] is for Markdown. */
  def text(value: String): Metadata = Metadata(MetadataValue.text(value))

  /** A URL, shown as a link. */
  def url(value: String): Metadata = Metadata(MetadataValue.url(value))

  /** A path or URI of anything: a file, a directory, `s3://bucket/key`. */
  def path(value: String): Metadata = Metadata(MetadataValue.path(value))

  /** The path of a Jupyter notebook; Dagster's web page shows it where its server can read the file. */
  def notebook(path: String): Metadata = Metadata(MetadataValue.notebook(path))

  /** Markdown, which Dagster's web page renders. */
  def md(markdown: String): Metadata = Metadata(MetadataValue.md(markdown))

  /** Maps, sequences, options, case classes, strings, numbers, booleans and nulls in any nesting.
    *
    * @throws dagsterpipes.errors.PipesException for anything else, with the path to it
    */
  def json(value: Any): Metadata = Metadata(MetadataValue.json(ToJava(value)))

  /** A number with a fraction. NaN and the infinities arrive as such; the web page shows an empty value. */
  def float(value: Double): Metadata = Metadata(MetadataValue.floatValue(value))

  /** A whole number, with all its digits. */
  def int(value: Long): Metadata = Metadata(MetadataValue.intValue(value))

  /** A whole number, with all its digits. One of more than 4300 digits goes as text, since Python reads no such number.
    */
  def int(value: BigInt): Metadata = Metadata(MetadataValue.intValue(value.underlying))

  /** True or false. */
  def bool(value: Boolean): Metadata = Metadata(MetadataValue.boolValue(value))

  /** A link to the run with this id. */
  def dagsterRun(runId: String): Metadata = Metadata(MetadataValue.dagsterRun(runId))

  /** A link to an asset, the parts of its key joined by `/`. */
  def asset(assetKey: String): Metadata = Metadata(MetadataValue.asset(assetKey))

  /** The value null; None becomes it, too. */
  val nullValue: Metadata = Metadata(MetadataValue.nullValue())

  /** A moment, shown in the reader's time zone, to the second. */
  def timestamp(moment: Instant): Metadata = Metadata(MetadataValue.timestamp(moment))

  /** A moment as seconds since 1970-01-01T00:00:00Z, with fractions. NaN, an infinity and what no web page can show go
    * as text.
    */
  def timestamp(epochSeconds: Double): Metadata = Metadata(MetadataValue.timestamp(epochSeconds))

  /** A DataFrame's columns: name, type, nullable, comment. Runs no Spark job. */
  def tableSchema(data: Dataset[_]): Metadata = Metadata(DataFrames.tableSchema(data))

  /** The columns of a table, in this order. */
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

  /** A map that was built elsewhere, with values as [[of]] takes them.
    *
    * @throws dagsterpipes.errors.PipesException
    *   when Dagster has no place for one of them
    */
  def fromMap(values: scala.collection.Map[String, Any]): Map[String, Metadata] =
    values.iterator.map { case (name, value) => name -> of(value) }.toMap

  /** Lets a plain value stand where a `Metadata` is expected; the compiler finds it here. Null becomes [[nullValue]].
    */
  implicit def encoded[A](value: A)(implicit encoder: MetadataEncoder[A]): Metadata =
    if (value == null) nullValue else encoder.encode(value)

  /** Lets a map of plain values stand where a map of `Metadata` is expected, if it was not written in place. */
  implicit def encodedMap[A](values: Map[String, A])(implicit
      encoder: MetadataEncoder[A]
  ): Map[String, Metadata] =
    values.map { case (name, value) => name -> encoded(value) }
}
