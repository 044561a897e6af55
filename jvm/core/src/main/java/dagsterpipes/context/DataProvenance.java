package dagsterpipes.context;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The code version of an asset's last materialization, and the data versions of its inputs.
 * Immutable.
 */
public final class DataProvenance {
  private final String codeVersion;
  private final Map<String, String> inputDataVersions;
  private final boolean userProvided;

  /** Provenance with these values; {@code inputDataVersions} is copied. */
  public DataProvenance(
      String codeVersion, Map<String, String> inputDataVersions, boolean userProvided) {
    this.codeVersion = codeVersion;
    this.inputDataVersions = Collections.unmodifiableMap(new LinkedHashMap<>(inputDataVersions));
    this.userProvided = userProvided;
  }

  /** The code version of the asset when it was materialized. */
  public String codeVersion() {
    return codeVersion;
  }

  /** Data version of each input asset, by asset key. */
  public Map<String, String> inputDataVersions() {
    return inputDataVersions;
  }

  /** True when a user, not Dagster, set the data version. */
  public boolean isUserProvided() {
    return userProvided;
  }
}
