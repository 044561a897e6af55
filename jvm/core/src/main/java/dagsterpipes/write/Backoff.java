package dagsterpipes.write;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Waiting times between attempts: doubling from 200 ms to 5 s, each shortened by chance so that
 * jobs do not march.
 */
final class Backoff {
  private static final long FIRST_MILLIS = 200;
  private static final long LAST_MILLIS = 5_000;

  private int failures;

  /** Before the next attempt: at least half of the full time, at most all of it. */
  long nextMillis() {
    long full = Math.min(LAST_MILLIS, FIRST_MILLIS << Math.min(failures++, 10));
    return full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
  }

  void reset() {
    failures = 0;
  }
}
