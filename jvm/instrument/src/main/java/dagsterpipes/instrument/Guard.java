package dagsterpipes.instrument;

import dagsterpipes.internal.Troubleshooting;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Around one part of the instrumentation: whatever goes wrong in it stays in it. Thread-safe.
 *
 * <p>A part that this Spark has not what it needs for (a fork, a newer version) is switched off at
 * once, one that fails in another way after ten times; each is said once.
 */
final class Guard {
  private static final int MOST_FAILURES = 10;

  /** A part's work; it may throw anything. */
  interface Work {
    void run() throws Exception;
  }

  private final String part;
  private final Notices notices;
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean off;

  Guard(String part, Notices notices) {
    this.part = part;
    this.notices = notices;
  }

  void run(Work work) {
    if (off) {
      return;
    }
    try {
      work.run();
    } catch (LinkageError | OutOfMemoryError | StackOverflowError e) {
      switchOff(e);
    } catch (Throwable e) {
      int count = failures.incrementAndGet();
      if (count == 1) {
        notices.say(part + " met an error, and goes on without what it was looking at: " + e);
      } else if (count == MOST_FAILURES) {
        switchOff(e);
      }
    }
  }

  private synchronized void switchOff(Throwable reason) {
    if (!off) {
      off = true;
      notices.say(
          part
              + " is switched off for the rest of this application: "
              + Troubleshooting.unended(reason)
              + ". "
              + Troubleshooting.see("instrument"));
    }
  }
}
