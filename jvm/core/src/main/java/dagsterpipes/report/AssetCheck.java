package dagsterpipes.report;

import java.util.Collections;
import java.util.Map;

/**
 * The result of one asset check to report.
 *
 * <p>Immutable; every {@code with} method gives a new object. The check has to be declared in
 * Dagster (an {@code AssetCheckSpec}): a check that is reported but not declared fails the step
 * there.
 */
public final class AssetCheck {
  private final String checkName;
  private final boolean passed;
  private final AssetCheckSeverity severity;
  private final String assetKey;
  private final Map<String, Object> metadata;

  private AssetCheck(
      String checkName,
      boolean passed,
      AssetCheckSeverity severity,
      String assetKey,
      Map<String, Object> metadata) {
    this.checkName = checkName;
    this.passed = passed;
    this.severity = severity;
    this.assetKey = assetKey;
    this.metadata = metadata;
  }

  /**
   * A check of the step's only asset, with severity {@link AssetCheckSeverity#ERROR} and no
   * metadata.
   *
   * @param checkName the name under which it is declared in Dagster; null: the report throws
   */
  public static AssetCheck of(String checkName, boolean passed) {
    return new AssetCheck(
        checkName, passed, AssetCheckSeverity.ERROR, null, Collections.<String, Object>emptyMap());
  }

  /**
   * The severity of a failed check.
   *
   * @param newSeverity not null: the report throws
   */
  public AssetCheck withSeverity(AssetCheckSeverity newSeverity) {
    return new AssetCheck(checkName, passed, newSeverity, assetKey, metadata);
  }

  /**
   * The asset that was checked.
   *
   * @param key its parts joined by {@code /}, as {@link dagsterpipes.PipesContext#assetKeys()}
   *     lists them; null: the step's only asset
   */
  public AssetCheck withAssetKey(String key) {
    return new AssetCheck(checkName, passed, severity, key, metadata);
  }

  /** Adds one entry; an entry of the same name is replaced. */
  public AssetCheck withMetadata(String name, Object value) {
    return withMetadata(Collections.singletonMap(name, value));
  }

  /** Adds all entries; entries of the same name are replaced. */
  public AssetCheck withMetadata(Map<String, ?> entries) {
    return new AssetCheck(
        checkName, passed, severity, assetKey, AssetMaterialization.merged(metadata, entries));
  }

  /** The name under which the check is declared in Dagster. */
  public String checkName() {
    return checkName;
  }

  /** Whether the asset passed the check. */
  public boolean passed() {
    return passed;
  }

  /** The severity of a failed check. */
  public AssetCheckSeverity severity() {
    return severity;
  }

  /** The asset, the parts of its key joined by {@code /}; null: the step's only asset. */
  public String assetKey() {
    return assetKey;
  }

  /** The entries by name, with values as they were given. Unmodifiable. */
  public Map<String, Object> metadata() {
    return metadata;
  }
}
