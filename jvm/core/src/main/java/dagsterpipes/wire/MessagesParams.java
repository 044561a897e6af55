package dagsterpipes.wire;

/**
 * The keys of the messages parameter: where messages go, and what the reader there asks for. Which
 * of the places counts where several are named: {@code write.DefaultMessageWriter}.
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

  /** Whether the reader wants stdout and stderr as messages; a boolean. */
  public static final String INCLUDE_STDIO = "include_stdio_in_messages";

  /**
   * How long a log line may wait in the writer, said by readers that keep up; milliseconds, at
   * least 1. Dagster's own reader does not send it.
   */
  public static final String UPLOAD_INTERVAL_MILLIS = "upload_interval_millis";

  /** Whether `closed` shall tell how many messages its session sent; a boolean. */
  public static final String COUNT_MESSAGES = "count_messages";

  /** Whether the reader looks below {@link #JVM_FOLDER}, too; a boolean. */
  public static final String READS_JVM_FOLDER = "reads_jvm_folder";

  /**
   * How often the writer looks for {@link #STOP}; milliseconds, at least 1. Sent for jobs that
   * their platform does not end.
   */
  public static final String STOP_POLL_INTERVAL_MILLIS = "stop_poll_interval_millis";

  /**
   * Not a key: the folder, below the prefix, of a session that JVM code of a PySpark driver opens
   * beside Python's.
   */
  public static final String JVM_FOLDER = "jvm";

  /** Not a key: the object, below the prefix, that asks the job to end; its text is the reason. */
  public static final String STOP = "stop";

  private MessagesParams() {}
}
