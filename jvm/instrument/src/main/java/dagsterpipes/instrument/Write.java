package dagsterpipes.instrument;

import dagsterpipes.report.TableSchema;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * One write that succeeded, or several to one place taken as one. Immutable.
 *
 * <p>Made by {@link #builder()}, which asks for the two things that every write has, its place and
 * its effect: where one of them is not seen, {@link Place#UNKNOWN} and {@link Effect#UNKNOWN} say
 * so. Everything else may be left out, and then is not known.
 */
final class Write {
  private final Place place;
  private final Effect effect;
  private final String mode;
  private final Counts counts;
  private final List<String> partitionColumns;
  private final TableSchema schema;
  private final ColumnLineage lineage;

  private Write(Builder from) {
    place = from.place;
    effect = from.effect;
    mode = from.mode;
    counts = from.counts;
    partitionColumns = from.partitionColumns;
    schema = from.schema;
    lineage = from.lineage;
  }

  static Builder builder() {
    return new Builder();
  }

  Place place() {
    return place;
  }

  Effect effect() {
    return effect;
  }

  /** As Spark calls it, such as {@code append}; null where it is not known. */
  String mode() {
    return mode;
  }

  Counts counts() {
    return counts;
  }

  /** Without any for a destination that has no partitions; empty where that is not known. */
  Optional<List<String>> partitionColumns() {
    return Optional.ofNullable(partitionColumns);
  }

  /** Empty where it is not known, and where it took too long to read. */
  Optional<TableSchema> schema() {
    return Optional.ofNullable(schema);
  }

  ColumnLineage lineage() {
    return lineage;
  }

  Write withCounts(Counts counted) {
    return new Builder(this).counts(counted).build();
  }

  Write withPartitionColumns(List<String> columns) {
    return new Builder(this).partitionColumns(columns).build();
  }

  /**
   * This one, with what a write that a command did inside itself knows and the command does not.
   */
  Write completedBy(Write inner) {
    Builder all = new Builder(this);
    all.place = place.completedBy(inner.place);
    all.counts = counts.orElse(inner.counts);
    all.schema = schema == null ? inner.schema : schema;
    all.partitionColumns = partitionColumns == null ? inner.partitionColumns : partitionColumns;
    // A write inside of a change tells nothing of its assignments.
    all.lineage = effect == Effect.CHANGE ? lineage : lineage.orElse(inner.lineage);
    return all.build();
  }

  /** This one and an earlier one to the same place, as one write. */
  Write after(Write earlier) {
    if (effect == Effect.OVERWRITE) {
      return this;
    }
    Builder both = new Builder(this);
    both.effect = effect.after(earlier.effect);
    both.counts = earlier.counts.plus(counts);
    both.schema = schema == null ? earlier.schema : schema;
    return both.build();
  }

  /** Collects what is known of a write. For one thread. */
  static final class Builder {
    private Place place;
    private Effect effect;
    private String mode;
    private Counts counts = Counts.NONE;
    private List<String> partitionColumns;
    private TableSchema schema;
    private ColumnLineage lineage = ColumnLineage.NONE;

    private Builder() {}

    private Builder(Write from) {
      place = from.place;
      effect = from.effect;
      mode = from.mode;
      counts = from.counts;
      partitionColumns = from.partitionColumns;
      schema = from.schema;
      lineage = from.lineage;
    }

    /** A source that is no table of a catalog is then called by its own name. */
    Builder place(Place written) {
      place = written.asDestination();
      return this;
    }

    Builder effect(Effect onRows) {
      effect = onRows;
      return this;
    }

    Builder mode(String asSparkCallsIt) {
      mode = asSparkCallsIt;
      return this;
    }

    Builder counts(Counts counted) {
      counts = counted;
      return this;
    }

    Builder partitionColumns(List<String> columns) {
      partitionColumns = Collections.unmodifiableList(new ArrayList<>(columns));
      return this;
    }

    /**
     * @param written null: not known
     */
    Builder schema(TableSchema written) {
      schema = written;
      return this;
    }

    Builder lineage(ColumnLineage found) {
      lineage = found;
      return this;
    }

    /**
     * @throws IllegalStateException where the place or the effect was not said
     */
    Write build() {
      if (place == null || effect == null) {
        throw new IllegalStateException(
            "A write without its "
                + (place == null ? "place" : "effect")
                + ": say it, if need be as UNKNOWN.");
      }
      return new Write(this);
    }
  }
}
