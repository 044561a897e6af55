package dagsterpipes.spark;

import dagsterpipes.internal.Stderr;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryManager;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/**
 * Stops streaming queries when the process ends, before Spark stops: between two batches where the
 * time allows it.
 *
 * <p>By Hadoop's shutdown hooks, which run in the order of their priority; all of Spark's have 40.
 */
final class StopQueries implements Runnable {
  private static final int BEFORE_SPARK = 60;
  private static final long POLL_MILLIS = 5;

  /** {@code StreamingQuery.stop} may wait for ever for its thread. */
  private static final long LAST_WAIT_MILLIS = 2_000;

  private final StreamingQueryManager queries;
  private final int timeoutSeconds;

  StopQueries(StreamingQueryManager queries, int timeoutSeconds) {
    this.queries = queries;
    this.timeoutSeconds = timeoutSeconds;
  }

  void install() {
    long most = TimeUnit.SECONDS.toMillis(timeoutSeconds) + 2 * LAST_WAIT_MILLIS;
    ShutdownHookManager.get().addShutdownHook(this, BEFORE_SPARK, most, TimeUnit.MILLISECONDS);
  }

  void uninstall() {
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(this);
    }
  }

  @Override
  public void run() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
    List<Thread> stopping = new ArrayList<>();
    for (StreamingQuery query : queries.active()) {
      Thread thread = new Thread(() -> stop(query, deadline), "dagster-pipes-stop-query");
      thread.setDaemon(true);
      thread.start();
      stopping.add(thread);
    }
    for (Thread thread : stopping) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      try {
        thread.join(Math.max(0, left) + LAST_WAIT_MILLIS);
      } catch (InterruptedException e) {
        return; // Hadoop's own time limit: nothing can wait any longer
      }
    }
  }

  private static void stop(StreamingQuery query, long deadline) {
    try {
      boolean between = awaitBatch(query, deadline);
      query.stop();
      Stderr.notice(
          "streaming query "
              + ProgressListener.nameOf(query.name(), query.id())
              + (between
                  ? " was stopped between two batches"
                  : " was stopped in the middle of a batch, which had not ended in time; it runs"
                      + " again when the query starts from its checkpoint"));
    } catch (Exception e) {
      Stderr.notice("a streaming query could not be stopped: " + e);
    }
  }

  /** Whether no batch runs any more. */
  private static boolean awaitBatch(StreamingQuery query, long deadline)
      throws InterruptedException {
    StreamingQueryProgress before = query.lastProgress();
    while (query.isActive() && query.status().isTriggerActive()) {
      if (ended(before, query.lastProgress())) {
        return true; // the next one may have begun: there is no other moment in a busy query
      }
      if (System.nanoTime() >= deadline) {
        return false;
      }
      Thread.sleep(POLL_MILLIS);
    }
    return true;
  }

  private static boolean ended(StreamingQueryProgress before, StreamingQueryProgress now) {
    return now != null && (before == null || !before.timestamp().equals(now.timestamp()));
  }
}
