package dagsterpipes.context;

/**
 * First and last partition key of the step, both included; equal where the step has one partition.
 */
public final class PartitionKeyRange {
  private final String start;
  private final String end;

  public PartitionKeyRange(String start, String end) {
    this.start = start;
    this.end = end;
  }

  public String start() {
    return start;
  }

  public String end() {
    return end;
  }

  @Override
  public String toString() {
    return start + "..." + end;
  }
}
