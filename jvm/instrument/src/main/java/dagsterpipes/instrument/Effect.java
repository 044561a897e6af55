package dagsterpipes.instrument;

/**
 * What a write does to the rows that its destination had: from it follows which of its numbers say
 * something of the destination as a whole.
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
   * That of this write and an earlier one to the same place, taken as one. What comes after a whole
   * one leaves the rows of both, but for a change.
   */
  Effect after(Effect earlier) {
    return earlier == OVERWRITE && this != CHANGE ? OVERWRITE : this;
  }
}
