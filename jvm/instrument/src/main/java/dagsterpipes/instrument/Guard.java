package dagsterpipes.instrument;

import dagsterpipes.internal.Troubleshooting;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Surrounds one part of the instrumentation, and keeps its errors inside. Thread-safe.
 *
 * <p>A part that needs something this Spark lacks (a fork, a newer version) is switched off at
 * once. A part that fails in another way is switched off after ten failures. Notices report the
 * first failure and the switching off.
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
