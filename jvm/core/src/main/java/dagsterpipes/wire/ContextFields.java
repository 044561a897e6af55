package dagsterpipes.wire;

/** The fields of the context; {@code dagster_pipes.PipesContextData}. */
public final class ContextFields {
  /** A list of texts, null where the step targets no assets. */
  public static final String ASSET_KEYS = "asset_keys";

  /** An object from asset key to a text or null. */
  public static final String CODE_VERSION_BY_ASSET_KEY = "code_version_by_asset_key";

  /** An object from asset key to an object or null. */
  public static final String PROVENANCE_BY_ASSET_KEY = "provenance_by_asset_key";

  /** Of a provenance: a text. */
  public static final String CODE_VERSION = "code_version";

  /** Of a provenance: an object from asset key to a text. */
  public static final String INPUT_DATA_VERSIONS = "input_data_versions";

  /** Of a provenance: a boolean. */
  public static final String IS_USER_PROVIDED = "is_user_provided";

  /** A text, null where the step targets none or several partitions. */
  public static final String PARTITION_KEY = "partition_key";

  /** An object with {@link #START} and {@link #END}, null where the step targets no partitions. */
  public static final String PARTITION_KEY_RANGE = "partition_key_range";

  /** An object with {@link #START} and {@link #END}, null where the partitions are none of time. */
  public static final String PARTITION_TIME_WINDOW = "partition_time_window";

  /** Of a range or a window: a text. */
  public static final String START = "start";

  /** Of a range or a window: a text. */
  public static final String END = "end";

  /** A text. */
  public static final String RUN_ID = "run_id";

  /** A text, null where the run comes from no job. */
  public static final String JOB_NAME = "job_name";

  /** A whole number, 0 for the first attempt. */
  public static final String RETRY_NUMBER = "retry_number";

  /** An object: what the asset's code passed. */
  public static final String EXTRAS = "extras";

  private ContextFields() {}
}
