package dagsterpipes.instrument;

import dagsterpipes.report.TableColumnDep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The sources of the columns of one write. Immutable.
 *
 * <p>There are three kinds. The plan was <em>followed</em>: it has every column, an unknown one
 * with its reason. The lineage is <em>left out</em> as a whole, with a reason for people. Or it is
 * {@link #NONE}: no plan was examined, and nothing is reported.
 */
final class ColumnLineage {
  /** Lineage is switched off, or the write has no plan, as that of an RDD. */
  static final ColumnLineage NONE = new ColumnLineage(null, null);

  /** Null where the plan was not followed. */
  private final Map<String, Column> columns;

  /** Null where it is not left out, and for {@link #NONE}. */
  private final String leftOut;

  private ColumnLineage(Map<String, Column> columns, String leftOut) {
    this.columns = columns;
    this.leftOut = leftOut;
  }

  /**
   * The lineage of a plan that was followed.
   *
   * @param columns each column of the write, by its name there, in the order of its schema
   */
  static ColumnLineage of(Map<String, Column> columns) {
    return new ColumnLineage(Collections.unmodifiableMap(new LinkedHashMap<>(columns)), null);
  }

  /**
   * @param reason why there is none of any column; words that people read
   */
  static ColumnLineage leftOut(String reason) {
    return new ColumnLineage(null, Objects.requireNonNull(reason, "reason"));
  }

  /** Whether the plan was followed to its end; each column then says for itself what is known. */
  boolean isFollowed() {
    return columns != null;
  }

  /** Each column by its name, those that are unknown too; empty where no plan was followed. */
  Map<String, Column> columns() {
    return isFollowed() ? columns : Collections.<String, Column>emptyMap();
  }

  /** Why it is left out as a whole; empty where it is not, and for {@link #NONE}. */
  Optional<String> whyLeftOut() {
    return Optional.ofNullable(leftOut);
  }

  /** For Dagster: the columns that are made from others, without constants and unknown ones. */
  Map<String, List<TableColumnDep>> deps() {
    Map<String, List<TableColumnDep>> deps = new LinkedHashMap<>();
    columns()
        .forEach(
            (name, column) -> {
              if (column.hasSources()) {
                List<TableColumnDep> of = new ArrayList<>();
                column.sources().forEach(source -> of.add(source.toDep()));
                deps.put(name, of);
              }
            });
    return deps;
  }

  /** For people: each column whose sources cannot be told, and why. */
  Map<String, String> leftOutColumns() {
    Map<String, String> reasons = new LinkedHashMap<>();
    columns()
        .forEach(
            (name, column) -> {
              if (!column.isKnown()) {
                reasons.put(name, column.whyUnknown());
              }
            });
    return reasons;
  }

  /**
   * The lineage after this write and earlier ones, whose rows stay. A column has the sources of all
   * of them. If one of them is left out, no column has all of its sources.
   */
  ColumnLineage after(ColumnLineage earlier) {
    if (this == NONE || earlier == NONE) {
      return this == NONE ? earlier : this;
    }
    if (!isFollowed() || !earlier.isFollowed()) {
      return isFollowed() ? earlier : this;
    }
    Map<String, Column> both = new LinkedHashMap<>(earlier.columns);
    columns.forEach(
        (name, column) -> {
          String same = sameName(both, name);
          Column before = both.get(same);
          both.put(same, before == null ? column : Column.joined(Arrays.asList(before, column)));
        });
    return of(both);
  }

  /** The name of the column in {@code columns}, which may differ in letter case. */
  private static String sameName(Map<String, Column> columns, String name) {
    if (!columns.containsKey(name)) {
      for (String other : columns.keySet()) {
        if (other.equalsIgnoreCase(name)) {
          return other;
        }
      }
    }
    return name;
  }

  /** This one where it is followed, else the other one where that is; else a reason of either. */
  ColumnLineage orElse(ColumnLineage other) {
    return isFollowed() || (leftOut != null && !other.isFollowed()) ? this : other;
  }
}
