package dagsterpipes.internal;

/**
 * Counts pieces of output and log lines that could not be sent. An exception instead would break
 * the job's own println or log call. A notice on stderr reports the first loss with its reason.
 * Another one reports their number when the session ends. Thread-safe.
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

  /**
   * Counts one that could not be sent; writes a notice of the first one to stderr. Never throws.
   */
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
