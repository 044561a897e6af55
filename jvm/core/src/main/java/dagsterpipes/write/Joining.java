package dagsterpipes.write;

import java.util.concurrent.TimeUnit;

/** A wait for the end of a thread that an interruption does not end. */
final class Joining {
  private Joining() {}

  /** Whether the calling thread was interrupted meanwhile. */
  static boolean wait(Thread thread, long millis) {
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (thread.isAlive()) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        break;
      }
      try {
        thread.join(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return interrupted;
  }
}
