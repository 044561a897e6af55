package dagsterpipes.scaladsl

import dagsterpipes.context.{DataProvenance, PartitionKeyRange, TimeWindow}
import dagsterpipes.errors.PipesException
import dagsterpipes.report.{AssetCheck, AssetCheckSeverity, AssetMaterialization}
import dagsterpipes.spark.DataFrameReport
import dagsterpipes.{PipesContext => JavaContext, PipesLogger}
import org.apache.spark.sql.Dataset

/** What a job sees of its Dagster step, and how it reports; `dagsterpipes.PipesContext` with Scala's types.
  *
  * From [[Pipes.run]] or [[Pipes.open]]. Safe to use from many threads. It stays in the driver: a closure that catches it
  * fails when Spark sends it to executors, with an explanation (which is all that Serializable is for); there
  * [[TaskReports]] reports. Once it is closed every report throws `PipesException`.
  *
  * @param asJava
  *   the context that does the work
  */
final class PipesContext(val asJava: JavaContext) extends AutoCloseable with Serializable {

  /** False where Dagster did not launch this process: then reports do nothing. */
  def isDagsterPipesProcess: Boolean = asJava.isDagsterPipesProcess

  def isAssetStep: Boolean = asJava.isAssetStep

  /** The step's only asset, its parts joined by `/`.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets none or several
    */
  def assetKey: String = asJava.assetKey

  def assetKeys: Seq[String] = ToScala.seq(asJava.assetKeys)(identity)

  def provenance: Option[DataProvenance] = Option(asJava.provenance)

  def provenanceByAssetKey: Map[String, Option[DataProvenance]] =
    ToScala.map(asJava.provenanceByAssetKey)(Option(_))

  def codeVersion: Option[String] = Option(asJava.codeVersion)

  def codeVersionByAssetKey: Map[String, Option[String]] =
    ToScala.map(asJava.codeVersionByAssetKey)(Option(_))

  def isPartitionStep: Boolean = asJava.isPartitionStep

  def partitionKey: String = asJava.partitionKey

  def partitionKeyRange: PartitionKeyRange = asJava.partitionKeyRange

  def partitionTimeWindow: Option[TimeWindow] = Option(asJava.partitionTimeWindow)

  def runId: String = asJava.runId

  /** None where the step runs outside a job. */
  def jobName: Option[String] = Option(asJava.jobName)

  def retryNumber: Int = asJava.retryNumber

  /** What the asset sent along, with Scala's collections. */
  def extras: Map[String, Any] = ToScala.map(asJava.extras)(ToScala(_))

  /** One extra: String, Int, Long, Double, Boolean, BigInt, BigDecimal, Any, or Seq, Map and Option of those.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where it is missing or of another type
    */
  def extra[A](key: String)(implicit reader: ExtraReader[A]): A = {
    val value = ToScala(asJava.extra(key))
    reader.read(value).getOrElse(throw wrongType(key, reader.expected, value))
  }

  /** As [[extra]]; `default` where there is no such extra, or it is null. */
  def extraOr[A](key: String, default: => A)(implicit reader: ExtraReader[A]): A =
    if (asJava.extras.get(key) == null) default else extra[A](key)

  /** Lines for Dagster's event log: debug, info, warning, error, critical. */
  def log: PipesLogger = asJava.log

  /** Reports one asset as materialized.
    *
    * @param metadata
    *   plain and typed values mixed, see [[Metadata]]
    * @param dataVersion
    *   null: Dagster makes one
    * @param assetKey
    *   null: the step's only asset
    */
  def reportAssetMaterialization(
      metadata: Map[String, Metadata] = Map.empty,
      dataVersion: String = null,
      assetKey: String = null
  ): Unit =
    asJava.reportAssetMaterialization(
      AssetMaterialization.empty
        .withAssetKey(assetKey)
        .withDataVersion(dataVersion)
        .withMetadata(toJava(metadata))
    )

  /** Reports one asset as materialized, described by its DataFrame under the keys that Dagster knows
    * (`dagster/column_schema`, ...). Runs no Spark job unless `previewRows` asks for one; outside Dagster none at all.
    *
    * @param path
    *   where it was written, `dagster/uri`
    * @param rowCount
    *   `dagster/row_count`, or in a step of partitions `dagster/partition_row_count`; None: not said
    * @param previewRows
    *   above 0 it runs a Spark job: so many of the first rows as the table `preview`
    * @param tableName
    *   the table it was written to, `dagster/table_name`
    * @param metadata
    *   more, see [[Metadata]]; an entry of the same name takes the place of one above
    * @param dataVersion
    *   null: Dagster makes one
    * @param assetKey
    *   null: the step's only asset
    */
  def reportDataFrame(
      data: Dataset[_],
      path: String = null,
      rowCount: Option[Long] = None,
      previewRows: Int = 0,
      tableName: String = null,
      metadata: Map[String, Metadata] = Map.empty,
      dataVersion: String = null,
      assetKey: String = null
  ): Unit = {
    val report = DataFrameReport
      .of(data)
      .withPath(path)
      .withTableName(tableName)
      .withPreview(previewRows)
      .withMetadata(toJava(metadata))
      .withDataVersion(dataVersion)
      .withAssetKey(assetKey)
    rowCount.fold(report)(report.withRowCount(_)).report(asJava)
  }

  /** Reports the result of a check that the asset declares (an `AssetCheckSpec`).
    *
    * @param severity
    *   what it means that the check failed
    * @param metadata
    *   plain and typed values mixed, see [[Metadata]]
    * @param assetKey
    *   null: the step's only asset
    */
  def reportAssetCheck(
      checkName: String,
      passed: Boolean,
      severity: AssetCheckSeverity = AssetCheckSeverity.ERROR,
      metadata: Map[String, Metadata] = Map.empty,
      assetKey: String = null
  ): Unit =
    asJava.reportAssetCheck(
      AssetCheck
        .of(checkName, passed)
        .withSeverity(severity)
        .withAssetKey(assetKey)
        .withMetadata(toJava(metadata))
    )

  /** Sends any JSON value; the asset reads it with `get_custom_messages()`. */
  def reportCustomMessage(payload: Any): Unit = asJava.reportCustomMessage(ToJava(payload))

  /** Remembers why the job fails, for [[close()*]] to tell Dagster, and gives it back: `throw pipes.failed(e)`. The first one
    * counts; others are shown with it.
    */
  def failed[T <: Throwable](error: T): T = asJava.failed(error)

  /** Says that all went well, or why the job [[failed]], and delivers what still waits. A second close does nothing. */
  override def close(): Unit = asJava.close()

  /** Closes with the reason why the job fails; the caller still throws it. */
  def close(error: Throwable): Unit = asJava.close(error)

  def isClosed: Boolean = asJava.isClosed

  private def toJava(metadata: Map[String, Metadata]): java.util.Map[String, AnyRef] = ToJava.map(metadata)

  private def wrongType(key: String, expected: String, value: Any): PipesException = {
    val got = value match {
      case null                     => "null"
      case number: java.lang.Number => s"the number $number"
      case other                    => "a " + other.getClass.getSimpleName
    }
    new PipesException(
      s"Invalid value for parameter `$key` of `extra[A](key)`. Expected $expected, got $got, in the extras sent by the " +
        "orchestration side. Ask for the type that is sent, or send the type that is asked for. See " +
        "TROUBLESHOOTING.md#context"
    )
  }
}
