package dagsterpipes.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One materialization to report: metadata, data version and asset key, each optional.
 *
 * <p>Immutable; every {@code with} method gives a new object. Metadata values are {@link
 * MetadataValue}s or plain values as {@link MetadataValue#of(Object)} takes them; they are checked
 * when the report is sent.
 *
 * <pre>{@code
 * pipes.reportAssetMaterialization(
 *     AssetMaterialization.empty().withAssetKey("flights/delays").withMetadata("rows", 104L));
 * }</pre>
 */
public final class AssetMaterialization {
  private static final AssetMaterialization EMPTY =
      new AssetMaterialization(null, null, Collections.<String, Object>emptyMap());

  private final String assetKey;
  private final String dataVersion;
  private final Map<String, Object> metadata;

  private AssetMaterialization(String assetKey, String dataVersion, Map<String, Object> metadata) {
    this.assetKey = assetKey;
    this.dataVersion = dataVersion;
    this.metadata = metadata;
  }

  /** A materialization of the step's only asset, without metadata and data version. */
  public static AssetMaterialization empty() {
    return EMPTY;
  }

  /**
   * The asset that was made.
   *
   * @param key its parts joined by {@code /}, as {@link dagsterpipes.PipesContext#assetKeys()}
   *     lists them; null: the step's only asset
   */
  public AssetMaterialization withAssetKey(String key) {
    return new AssetMaterialization(key, dataVersion, metadata);
  }

  /**
   * The data version of the asset's new data, as Dagster shows and compares it.
   *
   * @param version null: Dagster makes one
   */
  public AssetMaterialization withDataVersion(String version) {
    return new AssetMaterialization(assetKey, version, metadata);
  }

  /** Adds one entry; an entry of the same name is replaced. */
  public AssetMaterialization withMetadata(String name, Object value) {
    return withMetadata(Collections.singletonMap(name, value));
  }

  /** Adds all entries; entries of the same name are replaced. */
  public AssetMaterialization withMetadata(Map<String, ?> entries) {
    return new AssetMaterialization(assetKey, dataVersion, merged(metadata, entries));
  }

  /** The asset, the parts of its key joined by {@code /}; null: the step's only asset. */
  public String assetKey() {
    return assetKey;
  }

  /** The data version; null: Dagster makes one. */
  public String dataVersion() {
    return dataVersion;
  }

  /** The entries by name, with values as they were given. Unmodifiable. */
  public Map<String, Object> metadata() {
    return metadata;
  }

  static Map<String, Object> merged(Map<String, ?> old, Map<String, ?> added) {
    Map<String, Object> all = new LinkedHashMap<>(old);
    all.putAll(added);
    return Collections.unmodifiableMap(all);
  }
}
