package dagsterpipes.message;

import dagsterpipes.json.Ascii;
import dagsterpipes.report.LogLevel;
import java.util.Map;

/**
 * One message on its way to Dagster: its method and the line of JSON that carries it. Immutable.
 */
public final class PipesMessage {
  public static final String OPENED = "opened";
  public static final String CLOSED = "closed";
  public static final String LOG = "log";
  public static final String REPORT_ASSET_MATERIALIZATION = "report_asset_materialization";
  public static final String REPORT_ASSET_CHECK = "report_asset_check";
  public static final String REPORT_CUSTOM_MESSAGE = "report_custom_message";
  public static final String LOG_EXTERNAL_STREAM = "log_external_stream";

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
    return new PipesMessage(LOG, MessageEncoder.encodeLog(level.name(), String.valueOf(text)));
  }

  /**
   * A message that was encoded elsewhere, in Python for example: {@code line} is one JSON object
   * without line ends.
   */
  public static PipesMessage ofLine(String method, String line) {
    return new PipesMessage(method, Ascii.escape(line));
  }

  public String method() {
    return method;
  }

  /** The message without a line end, in ASCII. */
  public String line() {
    return line;
  }

  /** False for log lines, which may wait a little and travel together; see the chunked channel. */
  public boolean urgent() {
    return !LOG.equals(method) && !LOG_EXTERNAL_STREAM.equals(method);
  }

  @Override
  public String toString() {
    return line;
  }
}
