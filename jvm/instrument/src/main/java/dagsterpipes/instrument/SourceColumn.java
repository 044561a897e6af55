package dagsterpipes.instrument;

import dagsterpipes.report.TableColumnDep;
import java.util.Objects;

/** A column of an asset that is read. Two are equal where asset key and name are. Immutable. */
final class SourceColumn {
  private final String assetKey;
  private final String name;

  /**
   * @param assetKey its parts joined by {@code /}
   */
  SourceColumn(String assetKey, String name) {
    this.assetKey = Objects.requireNonNull(assetKey, "assetKey");
    this.name = Objects.requireNonNull(name, "name");
  }

  /** As Dagster's metadata has it. */
  TableColumnDep toDep() {
    return TableColumnDep.of(assetKey, name);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SourceColumn
        && assetKey.equals(((SourceColumn) other).assetKey)
        && name.equals(((SourceColumn) other).name);
  }

  @Override
  public int hashCode() {
    return 31 * assetKey.hashCode() + name.hashCode();
  }

  @Override
  public String toString() {
    return assetKey + "." + name;
  }
}
