package dagsterpipes.write;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Waiting times between attempts: doubling from 200 ms to 5 s, each shortened by chance so that
 * jobs do not march. To 1 s only where little time is left: an outage that ends just before a close
 * gives up is not slept through.
 */
final class Backoff {
  static final long FIRST_MILLIS = 200;
  static final long LAST_MILLIS = 5_000;
  static final long LAST_MILLIS_AT_CLOSE = 1_000;

  private int failures;

  /** Before the next attempt: at least half of the full time, at most all of it. */
  long nextMillis(boolean closing) {
    long last = closing ? LAST_MILLIS_AT_CLOSE : LAST_MILLIS;
    long full = Math.min(last, FIRST_MILLIS << Math.min(failures++, 10));
    return full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
  }

  void reset() {
    failures = 0;
  }
}
