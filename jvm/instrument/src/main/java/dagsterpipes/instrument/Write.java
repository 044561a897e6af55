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
  private final PlaceCounts placeCounts;
  private final Partition partition;
  private final boolean mayBeSkipped;
  private final List<String> partitionColumns;
  private final TableSchema schema;
  private final ColumnLineage lineage;
  private final boolean ofSource;

  private Write(Builder from) {
    place = from.place;
    effect = from.effect;
    mode = from.mode;
    counts = from.counts;
    placeCounts = from.before.after(effect, counts, from.partition);
    partition = from.partition;
    mayBeSkipped = from.mayBeSkipped;
    partitionColumns = from.partitionColumns;
    schema = from.schema;
    lineage = from.lineage;
    ofSource = from.ofSource;
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

  /** The numbers of this write alone. */
  Counts counts() {
    return counts;
  }

  /** The numbers of its place, after this write and the earlier ones. */
  PlaceCounts placeCounts() {
    return placeCounts;
  }

  /** Whether the command writes nothing if it finds the place in existence. */
  boolean mayBeSkipped() {
    return mayBeSkipped;
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

  /** Whether a data source did it in its own way, perhaps with writes of its own inside. */
  boolean isOfSource() {
    return ofSource;
  }

  /** The same write, done by a data source: only its options say the place. */
  Write ofSource() {
    Builder all = new Builder(this);
    all.ofSource = true;
    return all.build();
  }

  /**
   * This one, with what a write that a command did inside itself knows and the command does not. A
   * data source may stage its rows in files: their folder is not the place, and their bytes are not
   * those of the destination.
   */
  Write completedBy(Write inner) {
    Builder all = new Builder(this);
    all.place = ofSource ? place : place.completedBy(inner.place);
    all.counts = counts.orElse(ofSource ? inner.counts.onlyRows() : inner.counts);
    all.schema = schema == null ? inner.schema : schema;
    all.partitionColumns = partitionColumns == null ? inner.partitionColumns : partitionColumns;
    // A write inside of a change tells nothing of its assignments.
    all.lineage = effect == Effect.CHANGE ? lineage : lineage.orElse(inner.lineage);
    return all.build();
  }

  /** This one and an earlier one to the same place, as one write. */
  Write after(Write earlier) {
    Builder both = new Builder(this);
    if (earlier.effect != Effect.EMPTIED) { // else the table may be a new one
      both.place = place.knownFrom(earlier.place);
    }
    if (effect == Effect.OVERWRITE) {
      return both.build();
    }
    both.before = earlier.placeCounts;
    both.schema = schema == null ? earlier.schema : schema;
    both.lineage = lineage.after(earlier.lineage);
    return both.build();
  }

  /**
   * This one, after a command that has changed its place and written no rows.
   *
   * @param change an effect that is no write
   */
  Write changedBy(Effect change) {
    Builder changed = new Builder(this);
    changed.before = placeCounts;
    changed.effect = change;
    changed.counts = Counts.NONE;
    if (change == Effect.EMPTIED) {
      changed.lineage = ColumnLineage.NONE; // the rows with these sources are gone
    }
    return changed.build();
  }

  /** The change of the place by this command, which failed after it had begun. */
  Write failed() {
    boolean isSink = effect.isWrite() && !place.isTableOrFile();
    return builder().place(place).effect(isSink ? Effect.NOTHING : Effect.DDL).build();
  }

  /** Collects what is known of a write. For one thread. */
  static final class Builder {
    private Place place;
    private Effect effect;
    private String mode;
    private Counts counts = Counts.NONE;
    private PlaceCounts before = PlaceCounts.START;
    private Partition partition;
    private boolean mayBeSkipped;
    private List<String> partitionColumns;
    private TableSchema schema;
    private ColumnLineage lineage = ColumnLineage.NONE;
    private boolean ofSource;

    private Builder() {}

    private Builder(Write from) {
      place = from.place;
      effect = from.effect;
      mode = from.mode;
      counts = from.counts;
      partition = from.partition;
      mayBeSkipped = from.mayBeSkipped;
      partitionColumns = from.partitionColumns;
      schema = from.schema;
      lineage = from.lineage;
      ofSource = from.ofSource;
    }

    Builder place(Place written) {
      place = written;
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

    /**
     * @param only the partition to which all of its rows belong; null: not known
     */
    Builder partition(Partition only) {
      partition = only;
      return this;
    }

    Builder mayBeSkipped(boolean ifPlaceExists) {
      mayBeSkipped = ifPlaceExists;
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
