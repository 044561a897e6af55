package dagsterpipes.wire;

/** The fields of the context; {@code dagster_pipes.PipesContextData}. */
public final class ContextFields {
  /** A list of strings, null if the step targets no assets. */
  public static final String ASSET_KEYS = "asset_keys";

  /** An object from asset key to a string or null. */
  public static final String CODE_VERSION_BY_ASSET_KEY = "code_version_by_asset_key";

  /** An object from asset key to an object or null. */
  public static final String PROVENANCE_BY_ASSET_KEY = "provenance_by_asset_key";

  /** The code version in a provenance; a string. */
  public static final String CODE_VERSION = "code_version";

  /** The data versions in a provenance: an object from asset key to a string. */
  public static final String INPUT_DATA_VERSIONS = "input_data_versions";

  /** A boolean in a provenance. */
  public static final String IS_USER_PROVIDED = "is_user_provided";

  /** A string, null if the step targets no partition or several. */
  public static final String PARTITION_KEY = "partition_key";

  /** An object with {@link #START} and {@link #END}, null if the step targets no partitions. */
  public static final String PARTITION_KEY_RANGE = "partition_key_range";

  /** An object with {@link #START} and {@link #END}, null if the partitions have no time window. */
  public static final String PARTITION_TIME_WINDOW = "partition_time_window";

  /** The first value of a range or window; a string. */
  public static final String START = "start";

  /** The last value of a range or window; a string. */
  public static final String END = "end";

  /** A string. */
  public static final String RUN_ID = "run_id";

  /** A string, null if the run has no job. */
  public static final String JOB_NAME = "job_name";

  /** A whole number, 0 for the first attempt. */
  public static final String RETRY_NUMBER = "retry_number";

  /** An object: the extras of the asset's code. */
  public static final String EXTRAS = "extras";

  /**
   * An object for the instrumentation, which only our clients send: {@link #OUTPUTS} and {@link
   * #INPUTS}.
   */
  public static final String INSTRUMENT = "dagster_pipes_jvm_instrument";

  /** An object from asset key to a pattern of the written paths or tables. */
  public static final String OUTPUTS = "outputs";

  /** An object from asset key to a pattern of the read paths or tables. */
  public static final String INPUTS = "inputs";

  private ContextFields() {}
}
