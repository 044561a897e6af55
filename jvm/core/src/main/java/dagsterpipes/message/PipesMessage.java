package dagsterpipes.message;

import dagsterpipes.json.Ascii;
import dagsterpipes.report.LogLevel;
import dagsterpipes.wire.Method;
import java.util.Map;

/**
 * One message on its way to Dagster: its method and the line of JSON that carries it. Immutable.
 */
public final class PipesMessage {
  private final String method;
  private final String line;

  private PipesMessage(String method, String line) {
    this.method = method;
    this.line = line;
  }

  /** Encodes {@code params}, which hold JSON values only; see {@link MessageEncoder}. */
  public static PipesMessage of(String method, Map<String, ?> params) {
    return new PipesMessage(method, MessageEncoder.encode(method, params));
  }

  /** A log line; {@code text} may be null, which becomes the text "null". */
  public static PipesMessage log(LogLevel level, String text) {
    return new PipesMessage(
        Method.LOG, MessageEncoder.encodeLog(level.name(), String.valueOf(text)));
  }

  /**
   * A message that was encoded elsewhere, in Python for example.
   *
   * @param line one JSON object without line ends; characters past ASCII are escaped
   */
  public static PipesMessage ofLine(String method, String line) {
    return new PipesMessage(method, Ascii.escape(line));
  }

  /** The method, one of {@link Method}'s constants for messages that we encode. */
  public String method() {
    return method;
  }

  /** The message without a line end, in ASCII. */
  public String line() {
    return line;
  }

  /**
   * Whether the message should leave at once. False for log lines and captured output, which may
   * wait and travel with others in one chunk.
   */
  public boolean urgent() {
    return !Method.LOG.equals(method) && !Method.LOG_EXTERNAL_STREAM.equals(method);
  }

  @Override
  public String toString() {
    return line;
  }
}
