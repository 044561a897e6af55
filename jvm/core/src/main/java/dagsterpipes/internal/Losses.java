package dagsterpipes.internal;

/**
 * Counts what could not be sent, where throwing would break the job's own println or log call. The
 * first one is said on stderr with its reason, all of them together when the session ends.
 * Thread-safe.
 */
public final class Losses {
  private final String what;
  private long count;

  /**
   * Counts from zero.
   *
   * @param what in the plural, such as "log lines"
   */
  public Losses(String what) {
    this.what = what;
  }

  /** Counts one that could not be sent; the first one is said on stderr. Never throws. */
  public void add(Throwable reason) {
    synchronized (this) {
      if (++count > 1) {
        return;
      }
    }
    Stderr.notice(
        "some " + what + " cannot be sent to Dagster, the job goes on: " + reasonOf(reason));
  }

  /** Says how many there were; starts from zero. */
  public void finish() {
    long total;
    synchronized (this) {
      total = count;
      count = 0;
    }
    if (total > 0) {
      Stderr.notice(
          total + " " + what + " could not be sent to Dagster. " + Troubleshooting.see("logging"));
    }
  }

  private static String reasonOf(Throwable reason) {
    try {
      return String.valueOf(reason);
    } catch (Throwable e) {
      return reason.getClass().getName();
    }
  }
}
