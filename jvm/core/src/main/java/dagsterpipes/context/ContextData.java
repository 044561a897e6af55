package dagsterpipes.context;

import dagsterpipes.wire.ContextFields;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The context as Dagster sent it: {@code dagster_pipes.PipesContextData}. Immutable.
 *
 * <p>Fields that this version does not know are ignored, so that a newer Dagster can send more.
 * {@code run_id}, {@code retry_number} and {@code extras} are required. A field that can be null
 * may also be absent.
 */
public final class ContextData {
  private final Map<String, Object> raw;
  private final List<String> assetKeys;
  private final Map<String, String> codeVersions;
  private final Map<String, DataProvenance> provenances;
  private final String partitionKey;
  private final PartitionKeyRange partitionKeyRange;
  private final TimeWindow partitionTimeWindow;
  private final String runId;
  private final String jobName;
  private final int retryNumber;
  private final Map<String, Object> extras;

  private ContextData(Map<String, Object> raw) {
    JsonFields in = new JsonFields(raw, "$");
    this.raw = Collections.unmodifiableMap(raw);
    assetKeys = in.isNull(ContextFields.ASSET_KEYS) ? null : in.strings(ContextFields.ASSET_KEYS);
    codeVersions =
        in.isNull(ContextFields.CODE_VERSION_BY_ASSET_KEY)
            ? null
            : in.optionalStrings(ContextFields.CODE_VERSION_BY_ASSET_KEY);
    provenances =
        in.isNull(ContextFields.PROVENANCE_BY_ASSET_KEY)
            ? null
            : provenances(in.object(ContextFields.PROVENANCE_BY_ASSET_KEY));
    partitionKey = in.optionalString(ContextFields.PARTITION_KEY);
    partitionKeyRange =
        in.isNull(ContextFields.PARTITION_KEY_RANGE)
            ? null
            : range(in.object(ContextFields.PARTITION_KEY_RANGE));
    partitionTimeWindow =
        in.isNull(ContextFields.PARTITION_TIME_WINDOW)
            ? null
            : window(in.object(ContextFields.PARTITION_TIME_WINDOW));
    runId = in.string(ContextFields.RUN_ID);
    jobName = in.optionalString(ContextFields.JOB_NAME);
    retryNumber = in.wholeNumber(ContextFields.RETRY_NUMBER);
    extras = in.map(ContextFields.EXTRAS);
  }

  /**
   * Checks a context that was read as JSON.
   *
   * @throws dagsterpipes.errors.PipesException for a field that is missing or of another type, with
   *     its path
   */
  public static ContextData of(Map<String, Object> json) {
    return new ContextData(json);
  }

  /**
   * The whole JSON object, fields that this version does not know included. Unmodifiable at the
   * top.
   */
  public Map<String, Object> raw() {
    return raw;
  }

  /**
   * The keys of the step's assets, the parts of each joined by {@code /}; null where the step
   * targets no assets.
   */
  public List<String> assetKeys() {
    return assetKeys;
  }

  /**
   * Code version by asset key; null where the step targets no assets. A value is null where the
   * asset declares none.
   */
  public Map<String, String> codeVersionByAssetKey() {
    return codeVersions;
  }

  /**
   * Provenance by asset key; null where the step targets no assets. A value is null where the asset
   * was never materialized.
   */
  public Map<String, DataProvenance> provenanceByAssetKey() {
    return provenances;
  }

  /** The key of the step's only partition; null where the step targets none or several. */
  public String partitionKey() {
    return partitionKey;
  }

  /** The step's first and last partition; null where the step targets no partitions. */
  public PartitionKeyRange partitionKeyRange() {
    return partitionKeyRange;
  }

  /** The span of time of the step's partitions; null where they are not partitions of time. */
  public TimeWindow partitionTimeWindow() {
    return partitionTimeWindow;
  }

  /** The id of the Dagster run, a UUID. */
  public String runId() {
    return runId;
  }

  /** The name of the Dagster job that the run belongs to; null where there is none. */
  public String jobName() {
    return jobName;
  }

  /** How often Dagster has retried the step: 0 in the first attempt. */
  public int retryNumber() {
    return retryNumber;
  }

  /**
   * The values that the asset's code passed as {@code extras=}, of the types that {@link
   * dagsterpipes.PipesContext#extras()} lists them. Unmodifiable at the top.
   */
  public Map<String, Object> extras() {
    return extras;
  }

  private static PartitionKeyRange range(JsonFields in) {
    return new PartitionKeyRange(in.string(ContextFields.START), in.string(ContextFields.END));
  }

  private static TimeWindow window(JsonFields in) {
    return new TimeWindow(in.string(ContextFields.START), in.string(ContextFields.END));
  }

  private static Map<String, DataProvenance> provenances(JsonFields in) {
    Map<String, DataProvenance> byKey = new LinkedHashMap<>();
    for (String key : in.names()) {
      byKey.put(key, in.isNull(key) ? null : provenance(in.object(key)));
    }
    return Collections.unmodifiableMap(byKey);
  }

  private static DataProvenance provenance(JsonFields in) {
    return new DataProvenance(
        in.string(ContextFields.CODE_VERSION),
        in.optionalStrings(ContextFields.INPUT_DATA_VERSIONS),
        in.bool(ContextFields.IS_USER_PROVIDED));
  }
}
