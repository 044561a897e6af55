package dagsterpipes.wire;

/**
 * Every {@code spark.dagster.pipes.*} key that the JVM reads, each a system property of the
 * process: {@code --conf KEY=VALUE} for spark-submit, {@code -DKEY=VALUE} for a plain JVM.
 *
 * <table>
 * <caption>Keys</caption>
 * <tr><th>key</th><th>default</th><th>unit</th><th>meaning</th></tr>
 * <tr><td>{@value #CONTEXT}</td><td>none</td><td>base64</td><td>the context parameter, as Dagster made it</td></tr>
 * <tr><td>{@value #MESSAGES}</td><td>none</td><td>base64</td><td>the messages parameter, as Dagster made it</td></tr>
 * <tr><td>{@value #UPLOAD_INTERVAL_MILLIS}</td><td>what the reader asked for, else 10000</td><td>milliseconds, at least
 * 1</td><td>how long log lines may wait until their chunk is uploaded</td></tr>
 * <tr><td>{@value #CLOSE_TIMEOUT_MILLIS}</td><td>60000</td><td>milliseconds, 0: do not wait</td><td>how long closing
 * waits for the last chunks; what is undelivered then goes to stderr</td></tr>
 * <tr><td>{@value #BUCKET_URI}</td><td>s3://{bucket}</td><td>URI</td><td>what a {@code bucket} of the parameters is the
 * name of: {@code gs://{bucket}}, {@code abfss://{bucket}@ACCOUNT.dfs.core.windows.net}</td></tr>
 * <tr><td>{@value #FORWARD_LOGS}</td><td>none</td><td>levels</td><td>which lines of log4j2 (else of java.util.logging)
 * go to Dagster's event log: {@code WARN}, or {@code acme=INFO,WARN}; see {@code logging.ForwardRules}</td></tr>
 * <tr><td>{@value #BUFFER_BYTES}</td><td>8388608 (8 MiB)</td><td>bytes, at least 4096</td><td>how much may wait in
 * memory for a store that takes no chunks; more goes to local disk</td></tr>
 * <tr><td>{@value #SPILL_BYTES}</td><td>1073741824 (1 GiB)</td><td>bytes, 0: none</td><td>how much may wait on local
 * disk; log lines beyond that are dropped and counted, reports are kept</td></tr>
 * <tr><td>{@value #SPILL_DIRECTORY}</td><td>java.io.tmpdir</td><td>path</td><td>where on local disk, in files without a
 * name that end with the process</td></tr>
 * <tr><td>{@value #INSTRUMENT}</td><td>true</td><td>boolean</td><td>false: an application that is instrumented runs as
 * if it were not, and its session never opens</td></tr>
 * <tr><td>{@value #INSTRUMENT_MAIN}</td><td>none</td><td>{@code python}</td><td>set by the client for a PySpark
 * script: the runner around it reports its end</td></tr>
 * <tr><td>{@value #INSTRUMENT_OUTPUTS}</td><td>none</td><td>JSON</td><td>asset key to a pattern of paths or tables, for
 * what an instrumented application writes; replaces the patterns of the context</td></tr>
 * <tr><td>{@value #INSTRUMENT_INPUTS}</td><td>none</td><td>JSON</td><td>the same for what it reads, in column
 * lineage</td></tr>
 * <tr><td>{@value #INSTRUMENT_PROGRESS_SECONDS}</td><td>10</td><td>seconds, 0: none</td><td>the least time between two
 * lines of progress</td></tr>
 * <tr><td>{@value #INSTRUMENT_MAX_PLAN_NODES}</td><td>5000</td><td>nodes, 0: no lineage</td><td>the largest plan whose
 * column lineage is looked for</td></tr>
 * <tr><td>{@value #HADOOP_PREFIX} and a Hadoop key</td><td>none</td><td>as Hadoop has it</td><td>a setting of the
 * private file system through which a Spark job writes chunks; it overrides the job's own and ours</td></tr>
 * </table>
 */
public final class PipesConf {
  /** The context parameter, as Dagster made it; base64. */
  public static final String CONTEXT = "spark.dagster.pipes.context";

  /** The messages parameter, as Dagster made it; base64. */
  public static final String MESSAGES = "spark.dagster.pipes.messages";

  /** How long log lines may wait until their chunk is uploaded; milliseconds, at least 1. */
  public static final String UPLOAD_INTERVAL_MILLIS = "spark.dagster.pipes.uploadIntervalMillis";

  /** How long closing waits for the last chunks; milliseconds, 0: not at all. */
  public static final String CLOSE_TIMEOUT_MILLIS = "spark.dagster.pipes.closeTimeoutMillis";

  /** The URI of a {@code bucket} of the parameters, with {@code {bucket}} in place of its name. */
  public static final String BUCKET_URI = "spark.dagster.pipes.bucketUri";

  /**
   * Which lines of a logging framework go to Dagster; see {@link
   * dagsterpipes.logging.ForwardRules}.
   */
  public static final String FORWARD_LOGS = "spark.dagster.pipes.forwardLogs";

  /** How much may wait in memory for a store that takes no chunks; bytes, at least 4096. */
  public static final String BUFFER_BYTES = "spark.dagster.pipes.bufferBytes";

  /** How much may wait on local disk after that; bytes, 0: nothing. */
  public static final String SPILL_BYTES = "spark.dagster.pipes.spillBytes";

  /** The local directory for what waits on disk; a path. */
  public static final String SPILL_DIRECTORY = "spark.dagster.pipes.spillDirectory";

  /** False: an application that is instrumented runs as if it were not. */
  public static final String INSTRUMENT = "spark.dagster.pipes.instrument.enabled";

  /**
   * {@code python}: a PySpark script, whose end is told by the runner around it; set by the client.
   */
  public static final String INSTRUMENT_MAIN = "spark.dagster.pipes.instrument.main";

  /**
   * JSON, asset key to a pattern of the paths or tables that the application writes. It replaces
   * the patterns of the context.
   */
  public static final String INSTRUMENT_OUTPUTS = "spark.dagster.pipes.instrument.outputs";

  /**
   * JSON, asset key to a pattern of the paths or tables that the application reads. It replaces the
   * patterns of the context.
   */
  public static final String INSTRUMENT_INPUTS = "spark.dagster.pipes.instrument.inputs";

  /** The least time between two lines of progress; seconds, 0: no such lines. */
  public static final String INSTRUMENT_PROGRESS_SECONDS =
      "spark.dagster.pipes.instrument.progressSeconds";

  /** The largest plan whose column lineage is looked for; nodes, 0: no lineage. */
  public static final String INSTRUMENT_MAX_PLAN_NODES =
      "spark.dagster.pipes.instrument.maxPlanNodes";

  /** The prefix of settings for the private file system of a Spark job; a Hadoop key follows it. */
  public static final String HADOOP_PREFIX = "spark.dagster.pipes.hadoop.";

  private PipesConf() {}
}
