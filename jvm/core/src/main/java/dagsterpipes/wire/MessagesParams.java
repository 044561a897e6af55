package dagsterpipes.wire;

/**
 * The keys of the messages parameter: the place of the messages, and the requests of its reader.
 * {@code write.DefaultMessageWriter} has the order of precedence.
 */
public final class MessagesParams {
  /** A file, or on Databricks a directory for chunks. */
  public static final String PATH = "path";

  /** {@code stdout} or {@code stderr}, line by line. */
  public static final String STDIO = "stdio";

  /** {@code stdout} or {@code stderr}, all lines at the end. */
  public static final String BUFFERED_STDIO = "buffered_stdio";

  /** The bucket or container of the chunks. */
  public static final String BUCKET = "bucket";

  /** The prefix of the chunks in their bucket. */
  public static final String KEY_PREFIX = "key_prefix";

  /** The directory of the chunks in any file system. */
  public static final String URI = "uri";

  /** Whether the reader requests stdout and stderr as messages; a boolean. */
  public static final String INCLUDE_STDIO = "include_stdio_in_messages";

  /**
   * How long a log line may wait in the writer; milliseconds, at least 1. Only our readers of
   * chunks send it.
   */
  public static final String UPLOAD_INTERVAL_MILLIS = "upload_interval_millis";

  /**
   * The token of the run: 1 to 32 letters and digits. A reader that sends it requests an identity
   * in every line, see {@link MessageFields#IDENTITY}, and the session's facts.
   */
  public static final String RUN_TOKEN = "run_token";

  /** Whether the reader also reads {@link #JVM_FOLDER}; a boolean. */
  public static final String READS_JVM_FOLDER = "reads_jvm_folder";

  /**
   * The interval at which the writer polls for {@link #STOP}; milliseconds, at least 1. Clients
   * send it if their platform does not end jobs.
   */
  public static final String STOP_POLL_INTERVAL_MILLIS = "stop_poll_interval_millis";

  /**
   * A folder below the prefix, not a key. A session that JVM code opens in a PySpark driver uses
   * it, beside the session of Python.
   */
  public static final String JVM_FOLDER = "jvm";

  /**
   * The identity of the launch; a string. Clients send it if their platform may start a job twice.
   * See {@link #JOB}.
   */
  public static final String LAUNCH = "launch";

  /** An object below the prefix, not a key. It names the job of the launch: the first one. */
  public static final String JOB = "job";

  /** An object below the prefix, not a key. It asks the job to end; its content is the reason. */
  public static final String STOP = "stop";

  private MessagesParams() {}
}
