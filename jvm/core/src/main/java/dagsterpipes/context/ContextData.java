package dagsterpipes.context;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The context as Dagster sent it: {@code dagster_pipes.PipesContextData}. Immutable.
 *
 * <p>Fields that this version does not know are ignored, so that a newer Dagster can send more.
 * {@code run_id}, {@code retry_number} and {@code extras} must be there; what can be null may also
 * be absent.
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
    assetKeys = in.isNull("asset_keys") ? null : in.strings("asset_keys");
    codeVersions =
        in.isNull("code_version_by_asset_key")
            ? null
            : in.optionalStrings("code_version_by_asset_key");
    provenances =
        in.isNull("provenance_by_asset_key")
            ? null
            : provenances(in.object("provenance_by_asset_key"));
    partitionKey = in.optionalString("partition_key");
    partitionKeyRange =
        in.isNull("partition_key_range") ? null : range(in.object("partition_key_range"));
    partitionTimeWindow =
        in.isNull("partition_time_window") ? null : window(in.object("partition_time_window"));
    runId = in.string("run_id");
    jobName = in.optionalString("job_name");
    retryNumber = in.wholeNumber("retry_number");
    extras = in.map("extras");
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

  /** Everything that came, unknown fields too. */
  public Map<String, Object> raw() {
    return raw;
  }

  /** Null where the step targets no assets. */
  public List<String> assetKeys() {
    return assetKeys;
  }

  /** Null where the step targets no assets; its values can be null. */
  public Map<String, String> codeVersionByAssetKey() {
    return codeVersions;
  }

  /** Null where the step targets no assets; its values can be null. */
  public Map<String, DataProvenance> provenanceByAssetKey() {
    return provenances;
  }

  /** Null where the step targets none or several partitions. */
  public String partitionKey() {
    return partitionKey;
  }

  /** Null where the step targets no partitions. */
  public PartitionKeyRange partitionKeyRange() {
    return partitionKeyRange;
  }

  /** Null where the step's partitions are none of time. */
  public TimeWindow partitionTimeWindow() {
    return partitionTimeWindow;
  }

  public String runId() {
    return runId;
  }

  /** Null where the run comes from no job. */
  public String jobName() {
    return jobName;
  }

  /** 0 for the first attempt. */
  public int retryNumber() {
    return retryNumber;
  }

  public Map<String, Object> extras() {
    return extras;
  }

  private static PartitionKeyRange range(JsonFields in) {
    return new PartitionKeyRange(in.string("start"), in.string("end"));
  }

  private static TimeWindow window(JsonFields in) {
    return new TimeWindow(in.string("start"), in.string("end"));
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
        in.string("code_version"),
        in.optionalStrings("input_data_versions"),
        in.bool("is_user_provided"));
  }
}
