package dagsterpipes.context;

/**
 * First and last partition key of the step, both included; equal where the step has one partition.
 * Immutable.
 */
public final class PartitionKeyRange {
  private final String start;
  private final String end;

  /** A range between two partition keys, both included. */
  public PartitionKeyRange(String start, String end) {
    this.start = start;
    this.end = end;
  }

  /** The key of the first partition. */
  public String start() {
    return start;
  }

  /** The key of the last partition, which belongs to the step as well. */
  public String end() {
    return end;
  }

  /** Whether the step has one partition. */
  public boolean isOnePartition() {
    return start.equals(end);
  }

  @Override
  public String toString() {
    return start + "..." + end;
  }
}
