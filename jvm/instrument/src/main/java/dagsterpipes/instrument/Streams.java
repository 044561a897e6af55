package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.QueryExecution;

/**
 * Streaming queries: each run of a query is one write. Its place and schema are those of its first
 * batch, its counts the sum of all its batches. It is reported when the query ends, or with the
 * application. Thread-safe.
 *
 * <p>The sources are in the plan of the query, which Spark keeps only while the query runs. A batch
 * has the files that are new.
 */
final class Streams {
  /** A driver that starts queries for years is not to keep all of them. */
  private static final int MOST = 1_000;

  private final WriteCommands commands;
  private final Map<UUID, LogicalPlan> plans = new Recent<>(MOST);
  private final Map<UUID, Write> running = new LinkedHashMap<>();

  /** The last batch of each run that was counted. */
  private final Map<UUID, Long> counted = new Recent<>(MOST);

  Streams(WriteCommands commands) {
    this.commands = commands;
  }

  /** The query's plan, to which the Datasets of foreachBatch refer. */
  synchronized void started(UUID query, UUID run, TimeBudget budget) {
    Object session = ScalaView.option(SparkSession.getDefaultSession());
    LogicalPlan plan = session == null ? null : find(session, query, run);
    if (plan != null) {
      Settings.during(session, () -> commands.cut(plan, budget));
    }
  }

  /** Whether the batch of a streaming query has ended, which writes by itself. */
  static boolean isBatch(QueryExecution query) {
    return ScalaView.kind(query).equals("IncrementalExecution")
        && ScalaView.kind(query.analyzed()).startsWith("WriteToMicroBatchDataSource")
        && !isForeachBatch(query.analyzed());
  }

  /** The function of foreachBatch makes writes of its own. */
  private static boolean isForeachBatch(LogicalPlan batch) {
    Object sink = ScalaView.callIfThere(batch, "sink");
    return sink != null && ScalaView.kind(sink).equals("ForeachBatchSink");
  }

  /**
   * @param ofTasks the counts of the first job that wrote something; a table format may write its
   *     own files in later ones
   */
  synchronized void batchEnded(QueryExecution batch, Counts ofTasks, TimeBudget budget) {
    UUID run = (UUID) ScalaView.call(batch, "runId");
    LogicalPlan plan = batch.analyzed();
    UUID query = UUID.fromString((String) ScalaView.call(plan, "queryId"));
    Write before = running.get(run);
    Write write = before;
    if (write == null) {
      write =
          commands.ofBatch(plan, find(ScalaView.call(batch, "sparkSession"), query, run), budget);
    }
    if (write == null) {
      return; // memory, console and others that keep nothing
    }
    Long number = (Long) ScalaView.call(batch, "currentBatchId");
    if (number.equals(counted.put(run, number))) {
      return; // a sink of version 2 collects the batch in an execution of its own
    }
    // The plan of a batch for a sink of version 1 ends before the write.
    Counts counts =
        ScalaView.callIfThere(plan, "sink") != null
            ? ofTasks
            : WriteCounts.of(write, batch).orElse(ofTasks);
    boolean adds = before != null && before.effect() != Effect.OVERWRITE;
    running.put(run, write.withCounts(adds ? before.counts().plus(counts) : counts));
  }

  /** The write of a run that has ended; null if it wrote nothing. */
  synchronized Write ended(UUID run) {
    plans.remove(run);
    return running.remove(run);
  }

  /** The writes of all queries that still run, so far. */
  synchronized List<Write> ended() {
    List<Write> writes = new ArrayList<>(running.values());
    running.clear();
    return writes;
  }

  /** The plan of a query; null if Spark does not have it any more. */
  private LogicalPlan find(Object session, UUID query, UUID run) {
    LogicalPlan known = plans.get(run);
    if (known == null) {
      Object active =
          ScalaView.callIfThere(ScalaView.call(session, "sharedState"), "activeStreamingQueries");
      Object execution = active instanceof Map ? ((Map<?, ?>) active).get(query) : null;
      if (execution != null && run.equals(ScalaView.call(execution, "runId"))) {
        known = (LogicalPlan) ScalaView.call(execution, "analyzedPlan");
        plans.put(run, known);
      }
    }
    return known;
  }
}
