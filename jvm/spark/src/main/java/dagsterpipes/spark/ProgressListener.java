package dagsterpipes.spark;

import dagsterpipes.PipesContext;
import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryManager;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/**
 * Turns what Spark says of streaming queries into reports. Spark calls it in a thread of its own;
 * nothing is thrown back.
 */
final class ProgressListener extends StreamingQueryListener {
  private static final long ENDED_WAIT_SECONDS = 10;

  private final PipesContext pipes;
  private final StreamingQueryManager queries;
  private final int everyNth;

  /** By run id: those that have started and have not ended. */
  private final Map<UUID, StreamingQuery> running = new LinkedHashMap<>();

  private final Map<UUID, Integer> seen = new LinkedHashMap<>();
  private final Map<String, Object> metrics = new LinkedHashMap<>();

  /** By query id, which stays the same when a query is restarted from its checkpoint. */
  private final Map<UUID, PipesException> failures = new LinkedHashMap<>();

  private boolean troubleSaid;

  ProgressListener(PipesContext pipes, StreamingQueryManager queries, int everyNth) {
    this.pipes = pipes;
    this.queries = queries;
    this.everyNth = everyNth;
  }

  static String nameOf(String name, UUID id) {
    return name == null ? id.toString() : name;
  }

  @Override
  public void onQueryStarted(QueryStartedEvent event) {
    guarded(
        () -> {
          StreamingQuery query = queries.get(event.id());
          synchronized (this) {
            running.put(event.runId(), query);
            failures.remove(event.id());
          }
          pipes.log().info("Streaming query " + nameOf(event.name(), event.id()) + " started.");
        });
  }

  @Override
  public void onQueryProgress(QueryProgressEvent event) {
    guarded(() -> progress(event.progress()));
  }

  @Override
  public void onQueryTerminated(QueryTerminatedEvent event) {
    guarded(
        () -> {
          StreamingQuery query;
          synchronized (this) {
            query = running.get(event.runId());
          }
          try {
            ended(event, query);
          } finally {
            synchronized (this) {
              running.remove(event.runId());
              seen.remove(event.runId());
              notifyAll();
            }
          }
        });
  }

  synchronized Map<String, Object> metrics() {
    return new LinkedHashMap<>(metrics);
  }

  /** The exception of the first query that failed and was not restarted; null: none. */
  synchronized PipesException failure() {
    return failures.isEmpty() ? null : failures.values().iterator().next();
  }

  /** Until Spark's bus has told the end of every query that has ended; a while at most. */
  void awaitEnded() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ENDED_WAIT_SECONDS);
    try {
      Set<UUID> untold = running();
      for (StreamingQuery query : queries.active()) {
        if (query.isActive()) { // the manager still knows one that has just ended
          untold.remove(query.runId());
        }
      }
      synchronized (this) {
        while (!Collections.disjoint(untold, running.keySet()) && System.nanoTime() < end) {
          TimeUnit.MILLISECONDS.timedWait(this, 50);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Set<UUID> running() {
    return new HashSet<>(running.keySet());
  }

  private void progress(StreamingQueryProgress progress) {
    String name = nameOf(progress.name(), progress.id());
    int before;
    synchronized (this) {
      before = seen.merge(progress.runId(), 1, Integer::sum) - 1;
      metrics.merge(name + "/batches", 1L, (a, b) -> (Long) a + (Long) b);
      metrics.merge(name + "/input_rows", progress.numInputRows(), (a, b) -> (Long) a + (Long) b);
      metrics.put(name + "/last_batch_id", progress.batchId());
    }
    if (before % everyNth != 0) {
      return;
    }
    Long millis = progress.durationMs().get("triggerExecution");
    pipes
        .log()
        .info(
            String.format(
                Locale.ROOT,
                "Streaming query %s, batch %d: %,d rows%s",
                name,
                progress.batchId(),
                progress.numInputRows(),
                millis == null ? "" : String.format(Locale.ROOT, " in %,d ms", millis)));
    pipes.reportCustomMessage(Collections.singletonMap("streaming_progress", figures(progress)));
  }

  /** Under Spark's names; its own JSON holds the offsets of every source, too. */
  private static Map<String, Object> figures(StreamingQueryProgress progress) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("id", progress.id().toString());
    figures.put("runId", progress.runId().toString());
    figures.put("name", progress.name());
    figures.put("timestamp", progress.timestamp());
    figures.put("batchId", progress.batchId());
    figures.put("numInputRows", progress.numInputRows());
    putFinite(figures, "inputRowsPerSecond", progress.inputRowsPerSecond());
    putFinite(figures, "processedRowsPerSecond", progress.processedRowsPerSecond());
    figures.put("durationMs", new LinkedHashMap<>(progress.durationMs()));
    return figures;
  }

  /** Spark's JSON leaves the others out, too. */
  private static void putFinite(Map<String, Object> figures, String name, double value) {
    if (!Double.isNaN(value) && !Double.isInfinite(value)) {
      figures.put(name, value);
    }
  }

  private void ended(QueryTerminatedEvent event, StreamingQuery query) {
    String name = nameOf(query == null ? null : query.name(), event.id());
    if (event.exception().isEmpty()) {
      pipes.log().info("Streaming query " + name + " ended.");
      return;
    }
    // The same object that awaitTermination throws, with the user's exception in it.
    boolean isKnown = query != null && query.exception().isDefined();
    synchronized (this) {
      failures.put(
          event.id(),
          new PipesException(
              "Streaming query "
                  + name
                  + " failed, and was not started again. "
                  + Troubleshooting.see("streaming"),
              isKnown ? query.exception().get() : new PipesException(event.exception().get())));
    }
    pipes.log().error("Streaming query " + name + " failed: " + event.exception().get());
  }

  /** Spark's bus continues, even if the session was closed first, or if anything else fails. */
  private void guarded(Runnable report) {
    if (pipes.isClosed()) {
      return;
    }
    try {
      report.run();
    } catch (RuntimeException | LinkageError e) {
      if (!troubleSaid) {
        troubleSaid = true;
        Stderr.notice("a report of a streaming query did not reach Dagster: " + e);
      }
    }
  }
}
