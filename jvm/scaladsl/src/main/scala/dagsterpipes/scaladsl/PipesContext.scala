package dagsterpipes.scaladsl

import dagsterpipes.context.{DataProvenance, PartitionKeyRange, TimeWindow}
import dagsterpipes.errors.PipesException
import dagsterpipes.internal.Fault
import dagsterpipes.report.{AssetCheck, AssetCheckSeverity, AssetMaterialization}
import dagsterpipes.spark.DataFrameReport
import dagsterpipes.{PipesContext => JavaContext, PipesLogger}
import org.apache.spark.sql.Dataset

/** The Dagster step as its job sees it, and the job's reports; `dagsterpipes.PipesContext` with Scala's types.
  *
  * From [[Pipes.run]] or [[Pipes.open]]. Safe to use from many threads. It stays in the driver: a closure that captures
  * it fails when Spark sends it to executors, with an explanation (which is all that Serializable is for); there
  * [[TaskReports]] reports. Once it is closed every report throws `PipesException`.
  *
  * @param asJava
  *   the context that does the work
  */
final class PipesContext(val asJava: JavaContext) extends AutoCloseable with Serializable {

  /** False where Dagster did not launch this process: then reports do nothing. */
  def isDagsterPipesProcess: Boolean = asJava.isDagsterPipesProcess

  /** Whether the step targets assets. */
  def isAssetStep: Boolean = asJava.isAssetStep

  /** The step's only asset, its parts joined by `/`.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets none or several
    */
  def assetKey: String = asJava.assetKey

  /** The step's assets, the parts of each key joined by `/`.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets no asset
    */
  def assetKeys: Seq[String] = ToScala.seq(asJava.assetKeys)(identity)

  /** The code and input versions of the last materialization of the step's only asset; None if there was none.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets no asset or several
    */
  def provenance: Option[DataProvenance] = Option(asJava.provenance)

  /** The code and input versions of the last materialization of each asset, by asset key; None if there was none.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets no asset
    */
  def provenanceByAssetKey: Map[String, Option[DataProvenance]] =
    ToScala.map(asJava.provenanceByAssetKey)(Option(_))

  /** The `code_version` that the step's only asset declares in Dagster; None where it declares none.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets no asset or several
    */
  def codeVersion: Option[String] = Option(asJava.codeVersion)

  /** The `code_version` of each asset, by asset key; None where the asset declares none.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets no asset
    */
  def codeVersionByAssetKey: Map[String, Option[String]] =
    ToScala.map(asJava.codeVersionByAssetKey)(Option(_))

  /** Whether the step targets partitions. */
  def isPartitionStep: Boolean = asJava.isPartitionStep

  /** The key of the step's only partition.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets no partition or several
    */
  def partitionKey: String = asJava.partitionKey

  /** The keys of the step's first and last partition, both included.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets no partition
    */
  def partitionKeyRange: PartitionKeyRange = asJava.partitionKeyRange

  /** The span of time that the partitions cover; None where they are not partitions of time.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where the step targets no partition
    */
  def partitionTimeWindow: Option[TimeWindow] = Option(asJava.partitionTimeWindow)

  /** The id of the Dagster run, a UUID.
    *
    * @throws dagsterpipes.errors.PipesException
    *   outside Dagster
    */
  def runId: String = asJava.runId

  /** The name of the Dagster job that the run belongs to; None where there is none. */
  def jobName: Option[String] = Option(asJava.jobName)

  /** How often Dagster has retried the step: 0 in the first attempt. */
  def retryNumber: Int = asJava.retryNumber

  /** The values that the asset's code passed as `extras=`, with Scala's collections: String, Long, BigInteger,
    * Double, Boolean, Seq, Map and null.
    */
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

  /** As [[extra]]; `default` if there is no such extra, or it is null. */
  def extraOr[A](key: String, default: => A)(implicit reader: ExtraReader[A]): A =
    if (asJava.extras.get(key) == null) default else extra[A](key)

  /** Sends lines to Dagster's event log: debug, info, warning, error, critical. */
  def log: PipesLogger = asJava.log

  /** Reports a materialization. Each asset can be reported once in a session.
    *
    * @param metadata
    *   plain and typed values mixed, see [[Metadata]]
    * @param dataVersion
    *   null: Dagster makes one
    * @param assetKey
    *   its parts joined by `/`; null: the step's only asset
    * @throws dagsterpipes.errors.PipesException
    *   for an asset that is not the step's, no asset where the step has several, an asset that was reported before, or
    *   metadata that cannot be sent
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

  /** Reports a materialization that its DataFrame describes, under the keys that Dagster knows
    * (`dagster/column_schema`, ...). Runs no Spark job unless `previewRows` asks for one; outside Dagster none at all.
    *
    * @param path
    *   where the data were written, `dagster/uri`; null: not said
    * @param rowCount
    *   `dagster/row_count`, or in a step of partitions `dagster/partition_row_count`; None: not said
    * @param previewRows
    *   above 0 it runs a Spark job: so many of the first rows as the table `preview`
    * @param tableName
    *   the table that the data were written to, `dagster/table_name`; null: not said
    * @param metadata
    *   more, see [[Metadata]]; an entry of the same name takes the place of one above
    * @param dataVersion
    *   null: Dagster makes one
    * @param assetKey
    *   its parts joined by `/`; null: the step's only asset
    * @throws dagsterpipes.errors.PipesException
    *   as [[reportAssetMaterialization]]
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
    *   its parts joined by `/`; null: the step's only asset
    * @throws dagsterpipes.errors.PipesException
    *   for an asset that is not the step's, no asset where the step has several, or metadata that cannot be sent
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

  /** Sends a JSON value. The asset's code in Dagster reads it with `get_custom_messages()`.
    *
    * @throws dagsterpipes.errors.PipesException
    *   for what cannot be JSON, with the path to it
    */
  def reportCustomMessage(payload: Any): Unit = asJava.reportCustomMessage(ToJava(payload))

  /** Remembers why the job fails, so that [[close()*]] can report it, and gives it back: `throw pipes.failed(e)`. The
    * first exception counts; later ones are added to it as suppressed exceptions.
    */
  def failed[T <: Throwable](error: T): T = asJava.failed(error)

  /** Tells Dagster that the job has ended, and why if it [[failed]]; delivers the messages that still wait. A second
    * call does nothing.
    */
  override def close(): Unit = asJava.close()

  /** Closes with the reason why the job fails, which it does not throw.
    *
    * @param error
    *   null: no failure beyond what [[failed]] was given
    */
  def close(error: Throwable): Unit = asJava.close(error)

  /** Whether this session has ended: by [[close()*]], with the process, or by Python code that opened it. */
  def isClosed: Boolean = asJava.isClosed

  private def toJava(metadata: Map[String, Metadata]): java.util.Map[String, AnyRef] = ToJava.map(metadata)

  private def wrongType(key: String, expected: String, value: Any): PipesException = {
    val got = value match {
      case null                     => "null"
      case number: java.lang.Number => s"the number $number"
      case other                    => "a " + other.getClass.getSimpleName
    }
    Fault
      .value(key, "extra[A](key)")
      .expected(expected, got, "in the extras " + Fault.DAGSTER)
      .todo("Ask for the type that is sent, or send the type that is asked for.")
      .see("context")
      .exception()
  }
}
