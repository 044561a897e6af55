package dagsterpipes.write;

import dagsterpipes.message.PipesMessage;
import dagsterpipes.wire.MessageFields;
import dagsterpipes.wire.MessagesParams;
import dagsterpipes.wire.Method;
import java.util.Map;

/**
 * How many messages a channel took in its session. A reader that asks for the number gets it in
 * {@code closed}, so that it sees whether any is missing.
 *
 * <p>A reader asks with {@code "count_messages": true} among its parameters. {@code closed} then
 * has one more key beside {@code params}, which Dagster ignores:
 *
 * <pre>
 *   "dagster_pipes_jvm": { "messages": N, "dropped_log_lines": D }
 * </pre>
 *
 * N counts every line that goes out, {@code opened} and {@code closed} included. D counts the log
 * lines that had to be dropped and are not part of N. For every other reader the bytes stay those
 * of {@code dagster_pipes}. Not thread-safe: the channel holds its lock.
 */
final class MessageCount {
  private final boolean told;
  private long messages;
  private long droppedLogLines;

  MessageCount(boolean told) {
    this.told = told;
  }

  /** As the messages parameter asks for it. */
  static MessageCount of(Map<String, Object> params) {
    return new MessageCount(isAskedFor(params));
  }

  static boolean isAskedFor(Map<String, Object> params) {
    return Boolean.TRUE.equals(params.get(MessagesParams.COUNT_MESSAGES));
  }

  /** The message's line as the channel has to write it; counted only by {@link #taken}. */
  String line(PipesMessage message) {
    String line = message.line();
    if (!told || !Method.CLOSED.equals(message.method())) {
      return line;
    }
    // Into the text, not into an object: Python encodes messages, too, and its digits are kept.
    return line.substring(0, line.lastIndexOf('}'))
        + ",\""
        + MessageFields.SESSION_FACTS
        + "\":{\""
        + MessageFields.MESSAGES
        + "\":"
        + (messages + 1)
        + ",\""
        + MessageFields.DROPPED_LOG_LINES
        + "\":"
        + droppedLogLines
        + "}}";
  }

  void taken() {
    messages++;
  }

  void dropped() {
    droppedLogLines++;
  }
}
