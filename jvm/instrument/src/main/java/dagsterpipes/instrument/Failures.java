package dagsterpipes.instrument;

import dagsterpipes.report.LogLevel;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.streaming.StreamingQueryListener.QueryTerminatedEvent;

/**
 * Warnings of failed Spark jobs and SQL executions. Confined to one thread.
 *
 * <p>A streaming query that is stopped cancels its batch, which is no failure. So the warning of a
 * cancelled batch waits for the end of its query, and is logged only if that ends with an
 * exception.
 */
final class Failures {
  private static final int MOST_QUERIES = 1_000;
  private static final int MOST_CAUSES = 20;
  private static final String QUERY_ID = "sql.streaming.queryId";
  private static final Pattern IN_DESCRIPTION = Pattern.compile("(?:^|[\\s>])id = ([0-9a-f-]{36})");

  private final Notices notices;
  private final Map<String, List<String>> waiting = new Recent<>(MOST_QUERIES);

  Failures(Notices notices) {
    this.notices = notices;
  }

  /** The id of the streaming query to which a job belongs; null if it belongs to none. */
  static String queryOf(Properties ofJob) {
    return ofJob == null ? null : ofJob.getProperty(QUERY_ID);
  }

  /** The same for an SQL execution by the description that Spark gives to a batch. */
  static String queryOf(String description) {
    Matcher matcher = IN_DESCRIPTION.matcher(description == null ? "" : description);
    return matcher.find() ? matcher.group(1) : null;
  }

  /**
   * @param query the streaming query to which it belongs; null if it belongs to none
   * @param what failed, in words that precede the reason
   */
  void failed(String query, String what, Throwable failure) {
    String text = what + ": " + Reasons.of(failure);
    if (query != null && isCancelled(failure)) {
      waiting.computeIfAbsent(query, id -> new ArrayList<>()).add(text);
    } else {
      notices.log(LogLevel.WARNING, text);
    }
  }

  void queryEnded(QueryTerminatedEvent event) {
    List<String> texts = waiting.remove(event.id().toString());
    if (texts != null && ScalaView.option(event.exception()) != null) {
      texts.forEach(text -> notices.log(LogLevel.WARNING, text));
    }
  }

  private static boolean isCancelled(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MOST_CAUSES; i++, cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof InterruptedException
          || cause instanceof ClosedByInterruptException
          || message.contains("cancelled")
          || message.contains("CANCELLED")) {
        return true;
      }
    }
    return false;
  }
}
