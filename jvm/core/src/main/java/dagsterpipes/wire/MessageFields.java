package dagsterpipes.wire;

/**
 * The fields of a message, of the params of each {@link Method}, and of what only readers of ours
 * ask for. How they stand in a line: {@code message.MessageEncoder}.
 */
public final class MessageFields {
  /** The name of the protocol's version; {@code dagster_pipes.PIPES_PROTOCOL_VERSION_FIELD}. */
  public static final String PROTOCOL_VERSION_FIELD = "__dagster_pipes_version";

  /** The version of the protocol; {@code dagster_pipes.PIPES_PROTOCOL_VERSION}. */
  public static final String PROTOCOL_VERSION = "0.1";

  /** One of {@link Method}'s constants. */
  public static final String METHOD = "method";

  /** An object, always there: Dagster's handler fails without. */
  public static final String PARAMS = "params";

  /** Of `opened` and of captured output: an object. */
  public static final String EXTRAS = "extras";

  /** Of `closed`: why the job failed; {@code report.ThrowableParams}. */
  public static final String EXCEPTION = "exception";

  /** Of a log line: its text. */
  public static final String MESSAGE = "message";

  /** Of a log line: a name of Python's levels. */
  public static final String LEVEL = "level";

  /** Of a materialization or a check: the parts of the key, joined by {@code /}. */
  public static final String ASSET_KEY = "asset_key";

  /** Of a materialization: a text, or null. */
  public static final String DATA_VERSION = "data_version";

  /** Of a materialization or a check: an object, from a name to a typed value. */
  public static final String METADATA = "metadata";

  /** Of a check: its name in Dagster. */
  public static final String CHECK_NAME = "check_name";

  /** Of a check: a boolean. */
  public static final String PASSED = "passed";

  /** Of a check: {@code ERROR} or {@code WARN}. */
  public static final String SEVERITY = "severity";

  /** Of a custom message: any JSON value. */
  public static final String PAYLOAD = "payload";

  /** Of captured output: {@code stdout} or {@code stderr}. */
  public static final String STREAM = "stream";

  /** Of captured output: a piece of it. */
  public static final String TEXT = "text";

  /**
   * Of `closed`, beside its params, for a reader that asks with {@link
   * MessagesParams#COUNT_MESSAGES}; Dagster passes over it.
   */
  public static final String SESSION_FACTS = "dagster_pipes_jvm";

  /** Of the session's facts: how many lines went out, `opened` and `closed` included. */
  public static final String MESSAGES = "messages";

  /** Of the session's facts: how many log lines could not be kept. */
  public static final String DROPPED_LOG_LINES = "dropped_log_lines";

  private MessageFields() {}
}
