package dagsterpipes.instrument;

import java.util.OptionalLong;

/**
 * The effect of a command on the rows that its place had. It decides which numbers are known
 * afterwards. The table in docs/zero-code.md has a row for each effect.
 */
enum Effect {
  /** The old rows are gone, or there were none. The written rows are all rows of the place. */
  OVERWRITE(Total.WRITTEN, Rows.WRITTEN, "the written rows are not counted"),

  /** The old rows stay, and others are added. */
  APPEND(Total.SUM, Rows.SUM, "rows were added to others, which are not known"),

  /** The old rows of those partitions are gone that the written rows belong to. */
  DYNAMIC(
      Total.UNKNOWN, Rows.WRITTEN_IF_FIRST, "only the partitions with new rows were overwritten"),

  /** The old rows of one partition are gone, or those that fit a condition. */
  PARTIAL(Total.UNKNOWN, Rows.WRITTEN_IF_FIRST, "only a part of the rows was overwritten"),

  /** Rows are changed or deleted in their place. */
  CHANGE(Total.UNKNOWN, Rows.WRITTEN_IF_FIRST, "rows were changed or deleted in their place"),

  /** The table was emptied, dropped or renamed. The rows of earlier writes are gone. */
  EMPTIED(Total.UNKNOWN, Rows.NONE, "the table was emptied, dropped or renamed"),

  /** The table's content was changed in another way, or a write into it failed. */
  DDL(
      Total.UNKNOWN,
      Rows.UNKNOWN,
      "a command changed the rows without writing them, or failed, or wrote to a folder inside"),

  /** The command found the place as it was to be, and wrote no row. */
  NOTHING(Total.KEPT, Rows.KEPT, "nothing was written"),

  /** The way in which rows were written is not seen. */
  UNKNOWN(
      Total.UNKNOWN, Rows.WRITTEN_IF_FIRST, "the way in which the rows were written is not seen");

  /** The number of all rows of a place, after a command. */
  private enum Total {
    WRITTEN,
    SUM,
    UNKNOWN,
    KEPT
  }

  /** The numbers of the rows that the application has written and not removed, after a command. */
  private enum Rows {
    WRITTEN,
    SUM,
    WRITTEN_IF_FIRST,
    UNKNOWN,
    NONE,
    KEPT
  }

  private final Total total;
  private final Rows rows;
  private final String whyLeftOut;

  Effect(Total total, Rows rows, String whyLeftOut) {
    this.total = total;
    this.rows = rows;
    this.whyLeftOut = whyLeftOut;
  }

  /** The reason if the number of all rows is not known afterwards. */
  String whyLeftOut() {
    return whyLeftOut;
  }

  /** Whether rows were written or changed; only then an asset is reported. */
  boolean isWrite() {
    return this != EMPTIED && this != DDL && this != NOTHING;
  }

  /**
   * @param before the number of all rows; empty if it is not known
   */
  OptionalLong total(OptionalLong before, OptionalLong written) {
    switch (total) {
      case WRITTEN:
        return written;
      case SUM:
        return Counts.sum(before, written);
      case KEPT:
        return before;
      default:
        return OptionalLong.empty();
    }
  }

  /**
   * @param before null if nothing was written before
   * @return null if nothing that was written is left
   */
  Counts written(Counts before, Counts written) {
    switch (rows) {
      case WRITTEN:
        return written;
      case SUM:
        return before == null ? written : before.plus(written);
      case WRITTEN_IF_FIRST:
        return before == null ? written : before.plus(written).onlyChanges();
      case NONE:
        return null;
      case KEPT:
        return before;
      default:
        return Counts.NONE;
    }
  }
}
