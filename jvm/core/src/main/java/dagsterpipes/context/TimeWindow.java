package dagsterpipes.context;

/**
 * The span of time that a time-partitioned step covers: start included, end excluded.
 *
 * <p>Both are ISO 8601 with an offset as Dagster sent them, for example {@code
 * 2013-01-01T00:00:00+00:00}; {@code OffsetDateTime.parse} reads them. Immutable.
 */
public final class TimeWindow {
  private final String start;
  private final String end;

  /** A span between two moments in ISO 8601, which are kept as they are and not checked. */
  public TimeWindow(String start, String end) {
    this.start = start;
    this.end = end;
  }

  /** The first moment of the span, in ISO 8601 with an offset. */
  public String start() {
    return start;
  }

  /** The first moment after the span, in ISO 8601 with an offset. */
  public String end() {
    return end;
  }

  @Override
  public String toString() {
    return "[" + start + ", " + end + ")";
  }
}
