package dagsterpipes.scaladsl

import dagsterpipes.report.LogLevel
import dagsterpipes.spark.{TaskReports => JavaTaskReports}
import org.apache.spark.SparkContext

/** Log lines and counters from Spark's tasks; the Java class `dagsterpipes.spark.TaskReports`, which says when they arrive,
  * in Scala's dress.
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
  * Created in the driver; closures may catch it. Any thread may report.
  *
  * @param asJava
  *   what does the work
  */
final class TaskReports private (val asJava: JavaTaskReports) extends Serializable {

  /** A line for Dagster's event log; in a task it waits for the task's end. */
  def log(level: LogLevel, message: String): Unit = asJava.log(level, message)

  def debug(message: String): Unit = asJava.debug(message)

  def info(message: String): Unit = asJava.info(message)

  def warning(message: String): Unit = asJava.warning(message)

  def warn(message: String): Unit = asJava.warning(message)

  def error(message: String): Unit = asJava.error(message)

  def critical(message: String): Unit = asJava.critical(message)

  /** Adds to a counter, which starts at 0. */
  def count(counter: String, number: Long = 1): Unit = asJava.count(counter, number)

  /** The counters by name, in alphabetical order: what tasks that have ended counted.
    *
    * @throws dagsterpipes.errors.PipesException
    *   in a task, which knows its own part only
    */
  def counters: Map[String, Long] = ToScala.map(asJava.counters)(_.longValue)
}

object TaskReports {

  /** Call it in the driver, once the SparkContext is there. */
  def apply(pipes: PipesContext, spark: SparkContext): TaskReports =
    new TaskReports(JavaTaskReports.create(pipes.asJava, spark))
}
