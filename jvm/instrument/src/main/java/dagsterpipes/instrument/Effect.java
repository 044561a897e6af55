package dagsterpipes.instrument;

/**
 * The effect of a write on the rows that its destination had. It decides which numbers of the write
 * say something of the destination as a whole.
 */
enum Effect {
  /** They are gone, or there were none: the rows that are written are all that there is. */
  OVERWRITE,

  /** Some are gone: those of a partition, or those that fit a condition. */
  PARTIAL,

  /** They stay, and others come to them. */
  APPEND,

  /** Rows are changed, or gone, where they are: nobody knows how many there are now. */
  CHANGE,

  /** Nobody can tell: how or where to it was written is not seen. */
  UNKNOWN;

  /** Whether the rows of the write are all that the destination has. */
  boolean isWhole() {
    return this == OVERWRITE;
  }

  /**
   * The effect of this write and an earlier one to the same place, taken as one. After a whole one
   * the two are whole as well: the destination has the rows of both. A change is the exception.
   */
  Effect after(Effect earlier) {
    return earlier == OVERWRITE && this != CHANGE ? OVERWRITE : this;
  }
}
