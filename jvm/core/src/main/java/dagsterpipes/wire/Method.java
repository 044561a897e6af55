package dagsterpipes.wire;

/** The methods of messages, each with the keys of its params; {@code dagster_pipes.Method}. */
public final class Method {
  /** The first message of a session: {@value MessageFields#EXTRAS} for the message reader. */
  public static final String OPENED = "opened";

  /** The last message of a session: {@value MessageFields#EXCEPTION} if the job failed. */
  public static final String CLOSED = "closed";

  /** A line for the event log: {@value MessageFields#MESSAGE} and {@value MessageFields#LEVEL}. */
  public static final String LOG = "log";

  /**
   * A materialization: {@value MessageFields#ASSET_KEY}, {@value MessageFields#DATA_VERSION} and
   * {@value MessageFields#METADATA}.
   */
  public static final String REPORT_ASSET_MATERIALIZATION = "report_asset_materialization";

  /**
   * The result of a check: {@value MessageFields#ASSET_KEY}, {@value MessageFields#CHECK_NAME},
   * {@value MessageFields#PASSED}, {@value MessageFields#SEVERITY}, {@value
   * MessageFields#METADATA}.
   */
  public static final String REPORT_ASSET_CHECK = "report_asset_check";

  /** A JSON value for the asset's code: {@value MessageFields#PAYLOAD}. */
  public static final String REPORT_CUSTOM_MESSAGE = "report_custom_message";

  /**
   * A piece of captured output: {@value MessageFields#STREAM}, {@value MessageFields#TEXT} and
   * {@value MessageFields#EXTRAS}.
   */
  public static final String LOG_EXTERNAL_STREAM = "log_external_stream";

  private Method() {}
}
