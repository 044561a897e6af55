package dagsterpipes.scaladsl

import dagsterpipes.spark.{StreamingReports => JavaStreamingReports}
import org.apache.spark.sql.SparkSession

/** Reports Structured Streaming's queries while they run, and ends them with the step;
  * `dagsterpipes.spark.StreamingReports` with Scala's types. That class says what comes when.
  *
  * {{{
  * val reports = StreamingReports(pipes, spark, everyNth = 10)
  * orders.writeStream.format("parquet").option("path", path).start().awaitTermination()
  * pipes.reportAssetMaterialization(metadata = reports.metrics)
  * }}}
  *
  * @param asJava
  *   what does the work
  */
final class StreamingReports private (val asJava: JavaStreamingReports) extends AutoCloseable {

  /** The queries' figures so far: `NAME/batches`, `NAME/input_rows`, `NAME/last_batch_id`. */
  def metrics: Map[String, Metadata] = Metadata.fromMap(ToScala.map(asJava.metrics)(ToScala(_)))

  /** Ends the reports; the queries run on.
    *
    * @throws dagsterpipes.errors.PipesException
    *   for a query that failed and was not restarted, with its exception
    */
  override def close(): Unit = asJava.close()
}

/** Starts [[StreamingReports]]. */
object StreamingReports {

  /** Reports the session's queries from here on. Called in the driver, once for a session.
    *
    * @param everyNth
    *   1: each progress is reported; 10: the first and every tenth after it
    * @param stopTimeoutSeconds
    *   how long a process that is told to end waits for batches that run; 0: they are cut off
    * @throws dagsterpipes.errors.PipesException
    *   for numbers below these
    */
  def apply(
      pipes: PipesContext,
      spark: SparkSession,
      everyNth: Int = 1,
      stopTimeoutSeconds: Int = 10
  ): StreamingReports =
    new StreamingReports(JavaStreamingReports.start(pipes.asJava, spark, everyNth, stopTimeoutSeconds))
}
