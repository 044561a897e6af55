package dagsterpipes.instrument;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The numbers that are known of one place, after the commands that were seen. Immutable.
 *
 * <p>{@link Effect} has the rule. This class follows it, and adds the partitions: a partition that
 * was overwritten as a whole has exactly the rows that were written to it.
 */
final class PlaceCounts {
  /** Nothing is known of the place, and nothing was written to it. */
  static final PlaceCounts START =
      new PlaceCounts(
          OptionalLong.empty(), null, Collections.<Partition, Counts>emptyMap(), false, null);

  private static final int MOST_PARTITIONS = 10_000;

  private final OptionalLong total;

  /** Null if nothing was written, or nothing of it is left. */
  private final Counts written;

  /** The partitions whose rows are known. */
  private final Map<Partition, Counts> partitions;

  /** Whether something was written that is in none of the partitions. */
  private final boolean hasOthers;

  /** Why the number of all rows is not known; null if it is, or nothing was seen. */
  private final String leftOut;

  private PlaceCounts(
      OptionalLong total,
      Counts written,
      Map<Partition, Counts> partitions,
      boolean hasOthers,
      String leftOut) {
    this.total = total;
    this.written = written;
    this.partitions = partitions;
    this.hasOthers = hasOthers;
    this.leftOut = leftOut;
  }

  /** The number of all rows of the place; empty if it is not known. */
  OptionalLong total() {
    return total;
  }

  /** Why the number of all rows is not known; empty if it is. */
  Optional<String> whyLeftOut() {
    return Optional.ofNullable(leftOut);
  }

  /** The numbers of the rows that this application has written and not replaced or removed. */
  Counts written() {
    return written == null ? Counts.NONE : written;
  }

  /** The number of all rows of the partition with this key; empty if it is not known. */
  OptionalLong rowsOf(String partitionKey) {
    OptionalLong found = OptionalLong.empty();
    for (Map.Entry<Partition, Counts> entry : partitions.entrySet()) {
      if (entry.getKey().isKey(partitionKey)) {
        if (found.isPresent()) {
          return OptionalLong.empty(); // (a=1, b=2) and (a=2, b=1)
        }
        found = entry.getValue().rows();
      }
    }
    return found;
  }

  /**
   * @param partition the only partition that the command wrote to; null: not known
   */
  PlaceCounts after(Effect effect, Counts counts, Partition partition) {
    OptionalLong totalNow = effect.total(total, counts.rows());
    Counts writtenNow = effect.written(written, counts);
    if (effect == Effect.NOTHING) {
      return this;
    }
    if (effect == Effect.EMPTIED) {
      return new PlaceCounts(
          OptionalLong.empty(), null, START.partitions, false, effect.whyLeftOut());
    }
    if (effect == Effect.PARTIAL && partition != null) {
      return afterPartition(counts, partition, writtenNow);
    }
    Counts appended = effect == Effect.APPEND ? partitions.get(partition) : null;
    // An append after a RESTORE: the RESTORE is the reason.
    boolean isOlder = effect == Effect.APPEND && leftOut != null;
    String why = totalNow.isPresent() ? null : isOlder ? leftOut : effect.whyLeftOut();
    if (appended == null) {
      return new PlaceCounts(totalNow, writtenNow, START.partitions, true, why);
    }
    Map<Partition, Counts> now = new LinkedHashMap<>(partitions);
    now.put(partition, appended.plus(counts));
    return new PlaceCounts(totalNow, writtenNow, Collections.unmodifiableMap(now), hasOthers, why);
  }

  private PlaceCounts afterPartition(Counts counts, Partition partition, Counts writtenIfFirst) {
    Map<Partition, Counts> now = new LinkedHashMap<>();
    boolean areDisjoint = partitions.size() < MOST_PARTITIONS;
    for (Map.Entry<Partition, Counts> entry : partitions.entrySet()) {
      if (partition.isDisjoint(entry.getKey())) {
        now.put(entry.getKey(), entry.getValue());
      } else {
        areDisjoint &= partition.contains(entry.getKey());
      }
    }
    Counts all = counts;
    for (Counts others : now.values()) {
      all = all.plus(others);
    }
    now.put(partition, counts);
    boolean isSumKnown = areDisjoint && !hasOthers;
    return new PlaceCounts(
        OptionalLong.empty(),
        isSumKnown ? all : writtenIfFirst,
        areDisjoint
            ? Collections.unmodifiableMap(now)
            : Collections.singletonMap(partition, counts),
        hasOthers || !areDisjoint,
        Effect.PARTIAL.whyLeftOut());
  }
}
