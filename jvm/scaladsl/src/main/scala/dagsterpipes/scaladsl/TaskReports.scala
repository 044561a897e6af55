package dagsterpipes.scaladsl

import dagsterpipes.report.LogLevel
import dagsterpipes.spark.{TaskReports => JavaTaskReports}
import org.apache.spark.SparkContext

/** Log lines and counters from Spark's tasks; `dagsterpipes.spark.TaskReports` with Scala's types. That class says when
  * they arrive.
  *
  * {{{
  * val reports = TaskReports(pipes, spark.sparkContext)
  * orders.foreachPartition { (rows: Iterator[Row]) =>
  *   rows.foreach(row => if (row.isNullAt(0)) reports.count("orders without id"))
  *   reports.info("partition done")
  * }
  * pipes.reportAssetMaterialization(metadata = reports.counters)
  * }}}
  *
  * Created in the driver; closures may capture it. Any thread may report.
  *
  * @param asJava
  *   what does the work
  */
final class TaskReports private (val asJava: JavaTaskReports) extends Serializable {

  /** Sends a line to Dagster's event log. In a task the line waits for the task's end.
    *
    * @throws dagsterpipes.errors.PipesException
    *   in a task that is not the one which received this object: it was broadcast or cached
    */
  def log(level: LogLevel, message: String): Unit = asJava.log(level, message)

  /** Sends `message` at level DEBUG; see [[log]]. */
  def debug(message: String): Unit = asJava.debug(message)

  /** Sends `message` at level INFO; see [[log]]. */
  def info(message: String): Unit = asJava.info(message)

  /** Sends `message` at level WARNING; see [[log]]. */
  def warning(message: String): Unit = asJava.warning(message)

  /** The name that most JVM loggers use for [[warning]]. */
  def warn(message: String): Unit = asJava.warning(message)

  /** Sends `message` at level ERROR; see [[log]]. */
  def error(message: String): Unit = asJava.error(message)

  /** Sends `message` at level CRITICAL; see [[log]]. */
  def critical(message: String): Unit = asJava.critical(message)

  /** Adds to a counter, which starts at 0.
    *
    * @param counter
    *   its name: one of a few kinds of things, not the things themselves
    * @throws dagsterpipes.errors.PipesException
    *   where this task has counted under 1,000 other names, or the object was broadcast or cached
    */
  def count(counter: String, number: Long = 1): Unit = asJava.count(counter, number)

  /** The counters by name, in alphabetical order: what the driver and tasks that have ended counted.
    *
    * @throws dagsterpipes.errors.PipesException
    *   in a task, which knows its own part only
    */
  def counters: Map[String, Long] = ToScala.map(asJava.counters)(_.longValue)
}

/** Makes [[TaskReports]]. */
object TaskReports {

  /** Makes the reports of a session. Call it in the driver, once the SparkContext exists. */
  def apply(pipes: PipesContext, spark: SparkContext): TaskReports =
    new TaskReports(JavaTaskReports.create(pipes.asJava, spark))
}
