package dagsterpipes.wire;

/**
 * The fields of a message, of the params of each {@link Method}, and of the session's facts. {@code
 * message.MessageEncoder} shows their order in a line.
 */
public final class MessageFields {
  /** The name of the protocol's version; {@code dagster_pipes.PIPES_PROTOCOL_VERSION_FIELD}. */
  public static final String PROTOCOL_VERSION_FIELD = "__dagster_pipes_version";

  /** The version of the protocol; {@code dagster_pipes.PIPES_PROTOCOL_VERSION}. */
  public static final String PROTOCOL_VERSION = "0.1";

  /** One of {@link Method}'s constants. */
  public static final String METHOD = "method";

  /** An object. It is never absent: Dagster's handler needs it. */
  public static final String PARAMS = "params";

  /** An object in `opened` and in captured output. */
  public static final String EXTRAS = "extras";

  /** The failure of the job, in `closed`; {@code report.ThrowableParams}. */
  public static final String EXCEPTION = "exception";

  /** The text of a log line. */
  public static final String MESSAGE = "message";

  /** The level of a log line, by its name in Python. */
  public static final String LEVEL = "level";

  /** The asset of a materialization or check: the parts of its key, joined by {@code /}. */
  public static final String ASSET_KEY = "asset_key";

  /** The data version of a materialization: a string, or null. */
  public static final String DATA_VERSION = "data_version";

  /** The metadata of a materialization or check: an object with typed values. */
  public static final String METADATA = "metadata";

  /** The name of a check in Dagster. */
  public static final String CHECK_NAME = "check_name";

  /** The result of a check; a boolean. */
  public static final String PASSED = "passed";

  /** The severity of a check: {@code ERROR} or {@code WARN}. */
  public static final String SEVERITY = "severity";

  /** The JSON value of a custom message. */
  public static final String PAYLOAD = "payload";

  /** The source of captured output: {@code stdout} or {@code stderr}. */
  public static final String STREAM = "stream";

  /** A piece of captured output. */
  public static final String TEXT = "text";

  /**
   * The session's facts: an object in `opened` and `closed`, beside their params. Readers request
   * it with {@link MessagesParams#RUN_TOKEN}. Dagster ignores it.
   */
  public static final String SESSION_FACTS = "dagster_pipes_jvm";

  /**
   * The identity of a line, beside its params: token, session, producer, {@code .}, number. Readers
   * request it with {@link MessagesParams#RUN_TOKEN}. Dagster ignores it.
   */
  public static final String IDENTITY = "n";

  /** The producer of the lines that the JVM makes. */
  public static final String JVM_PRODUCER = "j";

  /** The producer of the lines that Python makes. */
  public static final String PYTHON_PRODUCER = "p";

  /**
   * The attempt of the application that the process belongs to, in `opened`, if the platform says
   * it. A session's fact.
   */
  public static final String ATTEMPT = "attempt";

  /**
   * The application that the attempt belongs to, such as {@code application_1410901177871_0001}.
   * Attempts of different applications do not replace one another. A session's fact in `opened`.
   */
  public static final String APPLICATION = "application";

  /**
   * The last number of each producer, `closed` included: an object by producer. A session's fact in
   * `closed`.
   */
  public static final String MESSAGES = "messages";

  /** The number of log lines that were dropped. A session's fact in `closed`. */
  public static final String DROPPED_LOG_LINES = "dropped_log_lines";

  private MessageFields() {}
}
