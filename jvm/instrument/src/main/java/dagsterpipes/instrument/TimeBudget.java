package dagsterpipes.instrument;

import java.util.concurrent.TimeUnit;

/**
 * How long the plan of one SQL execution may be looked at; what has not been found by then is left
 * out. It begins when it is made. Immutable.
 */
final class TimeBudget {
  private final long millis;
  private final long end;

  TimeBudget(long millis) {
    this.millis = millis;
    this.end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  boolean isUsedUp() {
    return System.nanoTime() - end >= 0;
  }

  /** In words, such as {@code 2.0 s}. */
  @Override
  public String toString() {
    return WriteText.seconds(millis);
  }
}
