package dagsterpipes.instrument;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The numbers of a write. Immutable.
 *
 * <p>An empty number is one that nobody counted, and not 0: a sum with it is empty too, and it is
 * reported nowhere.
 */
final class Counts {
  /** Nobody counted anything. */
  static final Counts NONE =
      new Counts(
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          Collections.<String, Long>emptyMap());

  private final OptionalLong rows;
  private final OptionalLong bytes;
  private final OptionalLong files;
  private final OptionalLong partitions;
  private final Map<String, Long> changes;

  private Counts(
      OptionalLong rows,
      OptionalLong bytes,
      OptionalLong files,
      OptionalLong partitions,
      Map<String, Long> changes) {
    this.rows = rows;
    this.bytes = bytes;
    this.files = files;
    this.partitions = partitions;
    this.changes = changes;
  }

  /**
   * The numbers that tasks have counted of their output. A source that counts no bytes (JDBC), or
   * no rows, has 0 of them.
   */
  static Counts ofTasks(long rows, long bytes) {
    return NONE.withRows(unlessZero(rows)).withBytes(unlessZero(bytes));
  }

  private static OptionalLong unlessZero(long counted) {
    return counted == 0 ? OptionalLong.empty() : OptionalLong.of(counted);
  }

  /** The number of rows alone. */
  Counts onlyRows() {
    return NONE.withRows(rows);
  }

  /** Rows that were written: not those that the destination has. */
  OptionalLong rows() {
    return rows;
  }

  OptionalLong bytes() {
    return bytes;
  }

  OptionalLong files() {
    return files;
  }

  /** How many partitions got rows; empty where the destination has none, too. */
  OptionalLong partitions() {
    return partitions;
  }

  /** How many rows were {@code inserted}, {@code updated}, {@code deleted}; what is known of it. */
  Map<String, Long> changes() {
    return changes;
  }

  /** Whether anything was written, as far as it is counted. */
  boolean isPositive() {
    return rows.orElse(0) > 0 || bytes.orElse(0) > 0 || files.orElse(0) > 0;
  }

  Counts withRows(OptionalLong counted) {
    return new Counts(counted, bytes, files, partitions, changes);
  }

  Counts withBytes(OptionalLong counted) {
    return new Counts(rows, counted, files, partitions, changes);
  }

  Counts withFiles(OptionalLong counted) {
    return new Counts(rows, bytes, counted, partitions, changes);
  }

  Counts withPartitions(OptionalLong counted) {
    return new Counts(rows, bytes, files, counted, changes);
  }

  /**
   * @param change {@code inserted}, {@code updated} or {@code deleted}
   */
  Counts withChange(String change, long counted) {
    Map<String, Long> all = new LinkedHashMap<>(changes);
    all.put(change, counted);
    return new Counts(rows, bytes, files, partitions, Collections.unmodifiableMap(all));
  }

  /** These, and of the others those that are empty here; the changes stay. */
  Counts orElse(Counts other) {
    return new Counts(
        rows.isPresent() ? rows : other.rows,
        bytes.isPresent() ? bytes : other.bytes,
        files.isPresent() ? files : other.files,
        partitions.isPresent() ? partitions : other.partitions,
        changes);
  }

  /** The changes alone: the other numbers are no longer known. */
  Counts onlyChanges() {
    return new Counts(
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        changes);
  }

  /** Both together; of the partitions nobody knows whether they are the same ones. */
  Counts plus(Counts other) {
    Map<String, Long> all = new LinkedHashMap<>(changes);
    other.changes.forEach((change, count) -> all.merge(change, count, Long::sum));
    return new Counts(
        sum(rows, other.rows),
        sum(bytes, other.bytes),
        sum(files, other.files),
        OptionalLong.empty(),
        Collections.unmodifiableMap(all));
  }

  /** Empty if one of them is. */
  static OptionalLong sum(OptionalLong a, OptionalLong b) {
    return a.isPresent() && b.isPresent()
        ? OptionalLong.of(a.getAsLong() + b.getAsLong())
        : OptionalLong.empty();
  }
}
