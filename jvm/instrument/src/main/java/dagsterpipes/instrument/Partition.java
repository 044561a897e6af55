package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One partition of a table, or several with some columns in common, by its values. Immutable. */
final class Partition {
  private final Map<String, String> values;

  /**
   * @param values of each column, as Spark writes them into a folder's name
   */
  Partition(Map<String, String> values) {
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Whether each row of {@code other} belongs to this one, too. */
  boolean contains(Partition other) {
    return other.values.entrySet().containsAll(values.entrySet());
  }

  /** Whether no row can belong to both. */
  boolean isDisjoint(Partition other) {
    return values.entrySet().stream()
        .anyMatch(
            entry ->
                other.values.containsKey(entry.getKey())
                    && !other.values.get(entry.getKey()).equals(entry.getValue()));
  }

  /**
   * Whether its values are those of a Dagster partition. Dagster joins the parts of a key with
   * several dimensions by {@code |}, in the order of the dimensions' names.
   */
  boolean isKey(String partitionKey) {
    List<String> parts = new ArrayList<>(Arrays.asList(partitionKey.split("\\|", -1)));
    if (values.size() == 1) {
      return values.containsValue(partitionKey);
    }
    List<String> own = new ArrayList<>(values.values());
    Collections.sort(parts);
    Collections.sort(own);
    return own.equals(parts);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Partition && values.equals(((Partition) other).values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
