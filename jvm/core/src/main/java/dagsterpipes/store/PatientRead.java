package dagsterpipes.store;

import dagsterpipes.errors.PipesIoException;
import java.util.concurrent.TimeUnit;

/**
 * Reads an object, with retries after a transient error. Clients of stores get no retries of their
 * own here: they would wait as long as the store asks for. Stateless.
 */
public final class PatientRead {
  /** How long a store may have a transient error until the read fails; milliseconds. */
  static final long PATIENCE_MILLIS = 10_000;

  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LAST_PAUSE_MILLIS = 1_000;

  private PatientRead() {}

  /**
   * As {@link ObjectStore#read}.
   *
   * @throws PipesIoException a refusal, or the last transient error after {@value #PATIENCE_MILLIS}
   *     ms. An interrupted thread gets the first one, and stays interrupted.
   */
  public static byte[] read(ObjectStore store, String key, int maxBytes) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      try {
        return store.read(key, maxBytes);
      } catch (PipesIoException e) {
        if (!e.retryable() || System.nanoTime() >= end) {
          throw e;
        }
        try {
          Thread.sleep(pause);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw e;
        }
        pause = Math.min(2 * pause, LAST_PAUSE_MILLIS);
      }
    }
  }
}
