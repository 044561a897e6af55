package dagsterpipes.spark;

import dagsterpipes.PipesContext;
import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * Reports Structured Streaming's queries while they run, and ends them with the step.
 *
 * <pre>{@code
 * Pipes.run(args, pipes -> {
 *   try (StreamingReports reports = StreamingReports.start(pipes, spark, 10, 15)) {
 *     orders.writeStream()....start().awaitTermination();
 *     pipes.reportAssetMaterialization(reports.metrics());
 *   }
 * });
 * }</pre>
 *
 * <p>From its start on, for every query of the session:
 *
 * <ul>
 *   <li>each progress (or every n-th) is a log line, and a custom message {@code
 *       {"streaming_progress": {...}}} with the figures under Spark's names;
 *   <li>a query that fails is an ERROR line at once, and its exception comes from {@code
 *       awaitTermination}, as in Spark, and from {@link #close}, if no code awaits it;
 *   <li>a process that is told to end stops its queries first: each may finish the batch that runs,
 *       within the time limit, before Spark itself stops.
 * </ul>
 *
 * <p>Lifecycle: started in the driver, once for a session; {@link #close} takes listener and hook
 * away, and stops no query. Thread-safe. The listener throws nothing into Spark.
 *
 * <p>Source: https://spark.apache.org/docs/latest/structured-streaming-programming-guide.html
 */
public final class StreamingReports implements AutoCloseable {
  private static final int STOP_TIMEOUT_SECONDS = 10;

  private final SparkSession spark;
  private final ProgressListener listener;
  private final StopQueries stop;

  private StreamingReports(SparkSession spark, ProgressListener listener, StopQueries stop) {
    this.spark = spark;
    this.listener = listener;
    this.stop = stop;
  }

  /** Reports each progress, and gives batches 10 s to finish where the process is told to end. */
  public static StreamingReports start(PipesContext pipes, SparkSession spark) {
    return start(pipes, spark, 1, STOP_TIMEOUT_SECONDS);
  }

  /**
   * Reports the queries of the session from here on.
   *
   * @param everyNth 1: each progress is reported; 10: the first and every tenth after it
   * @param stopTimeoutSeconds how long a process that is told to end waits for batches that run. It
   *     must be less than the time that the launcher gives ({@code termination_grace_seconds}). 0:
   *     running batches are cut off
   * @throws PipesException for numbers below these
   */
  public static StreamingReports start(
      PipesContext pipes, SparkSession spark, int everyNth, int stopTimeoutSeconds) {
    atLeast(1, everyNth, "everyNth");
    atLeast(0, stopTimeoutSeconds, "stopTimeoutSeconds");
    ProgressListener listener = new ProgressListener(pipes, spark.streams(), everyNth);
    StopQueries stop = new StopQueries(spark.streams(), stopTimeoutSeconds);
    spark.streams().addListener(listener);
    stop.install();
    return new StreamingReports(spark, listener, stop);
  }

  /**
   * The queries' figures so far, ready to be metadata: {@code NAME/batches}, {@code
   * NAME/input_rows}, {@code NAME/last_batch_id}, where NAME is the query's, or its id. Waits some
   * seconds at most for events of ended queries that Spark's listener bus still holds.
   */
  public Map<String, Object> metrics() {
    listener.awaitEnded();
    return listener.metrics();
  }

  /**
   * Ends the reports; the queries run on. Waits some seconds at most for events of ended queries
   * that Spark's listener bus still holds.
   *
   * @throws PipesException for a query that failed and was not restarted, with its exception
   */
  @Override
  public void close() {
    listener.awaitEnded();
    spark.streams().removeListener(listener);
    stop.uninstall();
    PipesException failure = listener.failure();
    if (failure != null) {
      throw failure;
    }
  }

  private static void atLeast(int least, int value, String parameter) {
    if (value < least) {
      throw Fault.value(parameter, "StreamingReports.start")
          .expected("a number of at least " + least, String.valueOf(value), Fault.JOB)
          .todo("Leave it out: 1 and " + STOP_TIMEOUT_SECONDS + " are the usual ones.")
          .see("streaming")
          .exception();
    }
  }
}
