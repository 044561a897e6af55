package dagsterpipes.spark;

import dagsterpipes.PipesContext;
import dagsterpipes.internal.Fault;
import dagsterpipes.report.LogLevel;
import java.io.Serializable;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Option;

/**
 * Reports of Spark's tasks from the executors: log lines and counters.
 *
 * <pre>{@code
 * TaskReports reports = TaskReports.create(pipes, spark.sparkContext());
 * orders.foreachPartition(rows -> {
 *   while (rows.hasNext()) {
 *     if (rows.next().isNullAt(0)) reports.count("orders without id");
 *   }
 *   reports.info("partition done");
 * });
 * pipes.reportAssetMaterialization(reports.counters());
 * }</pre>
 *
 * <p>Lifecycle: created in the driver for one session; a closure that Spark sends to executors may
 * capture it (do not broadcast it). Two of Spark's accumulators carry the reports, so they arrive
 * when a task ends, before the action that ran it returns:
 *
 * <ul>
 *   <li>Log lines arrive from every attempt whose end Spark hears of, failed and killed ones too,
 *       each line with its stage, partition, attempt and executor in front. Lines of tasks that
 *       died with their executor, or whose stage lost its input, do not arrive. One attempt keeps
 *       at most 1,000 lines and 500,000 characters; what is above is counted, and the count
 *       arrives.
 *   <li>Counters follow Spark's rule for accumulators: only successful attempts count; in an action
 *       each task counts once, in a transformation again whenever Spark computes it again.
 * </ul>
 *
 * <p>In the driver {@link #log} is {@link dagsterpipes.PipesLogger#log}, and {@link #count} counts
 * at once. Outside Dagster log lines go nowhere, and counters still count. Lines that arrive after
 * the session is closed are counted on the driver's stderr.
 *
 * <p>Any thread may report; threads that a task starts must end before it does.
 *
 * <p>Source: https://spark.apache.org/docs/latest/rdd-programming-guide.html#accumulators
 */
public final class TaskReports implements Serializable {
  private static final long serialVersionUID = 1;

  private final TaskLog log;
  private final TaskCounters counters;

  private TaskReports(TaskLog log, TaskCounters counters) {
    this.log = log;
    this.counters = counters;
  }

  /**
   * Makes the reports of a session. Call it in the driver, once the SparkContext exists.
   *
   * @throws dagsterpipes.errors.PipesException where an argument is null
   */
  public static TaskReports create(PipesContext pipes, SparkContext spark) {
    required(pipes, "pipes", "the open session");
    required(spark, "spark", "the running SparkContext");
    TaskReports reports = new TaskReports(new TaskLog(pipes), new TaskCounters());
    // Failed attempts are what one wants to read about, but nothing that one wants to count.
    reports.log.register(spark, Option.empty(), true);
    reports.counters.register(spark, Option.empty(), false);
    return reports;
  }

  /** As {@link #create(PipesContext, SparkContext)}. */
  public static TaskReports create(PipesContext pipes, JavaSparkContext spark) {
    required(spark, "spark", "the running JavaSparkContext");
    return create(pipes, spark.sc());
  }

  /**
   * Sends a line to Dagster's event log. In a task the line waits for the task's end.
   *
   * @param message null becomes the text "null"
   * @throws dagsterpipes.errors.PipesException in a task that is not the one which received this
   *     object: it was broadcast or cached, and its lines would be lost
   */
  public void log(LogLevel level, String message) {
    required(level, "level", "a level");
    log.add(new TaskLine(level, String.valueOf(message)));
  }

  /** Sends {@code message} at {@link LogLevel#DEBUG}; see {@link #log}. */
  public void debug(String message) {
    log(LogLevel.DEBUG, message);
  }

  /** Sends {@code message} at {@link LogLevel#INFO}; see {@link #log}. */
  public void info(String message) {
    log(LogLevel.INFO, message);
  }

  /** Sends {@code message} at {@link LogLevel#WARNING}; see {@link #log}. */
  public void warning(String message) {
    log(LogLevel.WARNING, message);
  }

  /** The name that most JVM loggers use for {@link #warning(String)}. */
  public void warn(String message) {
    warning(message);
  }

  /** Sends {@code message} at {@link LogLevel#ERROR}; see {@link #log}. */
  public void error(String message) {
    log(LogLevel.ERROR, message);
  }

  /** Sends {@code message} at {@link LogLevel#CRITICAL}; see {@link #log}. */
  public void critical(String message) {
    log(LogLevel.CRITICAL, message);
  }

  /** Adds 1 to a counter; see {@link #count(String, long)}. */
  public void count(String counter) {
    count(counter, 1);
  }

  /**
   * Adds to a counter, which starts at 0.
   *
   * @param counter its name: one of a few kinds of things, not the things themselves
   * @throws dagsterpipes.errors.PipesException where this task has counted under 1,000 other names,
   *     or the object was broadcast or cached
   */
  public void count(String counter, long number) {
    required(counter, "counter", "a name");
    counters.count(counter, number);
  }

  /**
   * The counters by name, in alphabetical order: what the driver and tasks that have ended counted.
   * A copy.
   *
   * @throws dagsterpipes.errors.PipesException in a task, which knows its own part only
   */
  public Map<String, Long> counters() {
    return counters.total();
  }

  private static void required(Object value, String parameter, String expected) {
    if (value == null) {
      throw Fault.value(parameter, "TaskReports")
          .expected(expected, "null", Fault.JOB)
          .todo("Pass one.")
          .see("executors")
          .exception();
    }
  }
}
