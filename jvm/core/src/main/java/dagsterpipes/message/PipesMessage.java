package dagsterpipes.message;

import dagsterpipes.internal.Ascii;
import dagsterpipes.report.LogLevel;
import java.util.Map;

/**
 * One message on its way to Dagster: its method and the line of JSON that carries it. Immutable.
 *
 * <p>Source of the methods: {@code dagster_pipes.Method}.
 */
public final class PipesMessage {
  /** The first message of a session; {@code extras} for the message reader. */
  public static final String OPENED = "opened";

  /** The last message of a session; {@code exception} where the job failed. */
  public static final String CLOSED = "closed";

  /** A line for the event log: {@code message} and {@code level}. */
  public static final String LOG = "log";

  /** A materialization: {@code asset_key}, {@code data_version} and {@code metadata}. */
  public static final String REPORT_ASSET_MATERIALIZATION = "report_asset_materialization";

  /**
   * The result of a check: {@code asset_key}, {@code check_name}, {@code passed}, {@code severity},
   * {@code metadata}.
   */
  public static final String REPORT_ASSET_CHECK = "report_asset_check";

  /** A JSON value for the asset's code: {@code payload}. */
  public static final String REPORT_CUSTOM_MESSAGE = "report_custom_message";

  /** A piece of captured output: {@code stream}, {@code text} and {@code extras}. */
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
   * A message that was encoded elsewhere, in Python for example.
   *
   * @param line one JSON object without line ends; characters past ASCII are escaped
   */
  public static PipesMessage ofLine(String method, String line) {
    return new PipesMessage(method, Ascii.escape(line));
  }

  /** The method, one of the constants above for messages that we encode. */
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
    return !LOG.equals(method) && !LOG_EXTERNAL_STREAM.equals(method);
  }

  @Override
  public String toString() {
    return line;
  }
}
