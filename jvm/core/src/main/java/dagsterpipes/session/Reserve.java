package dagsterpipes.session;

/**
 * Memory that is held while a session is open and given back before a failure is told, which may be
 * that the heap is full.
 */
public final class Reserve {
  /** Two G1 regions of a heap below 4 GB; from less than a whole one nothing is gained. */
  private static final int BYTES = 2 * 1024 * 1024;

  private static volatile byte[] held;

  private Reserve() {}

  static void hold() {
    try {
      held = new byte[BYTES];
    } catch (OutOfMemoryError e) {
      held = null; // a job without room for it must not fail for it
    }
  }

  /** To be called before anything that needs memory, be it a class that is not loaded yet. */
  public static void release() {
    held = null;
  }
}
