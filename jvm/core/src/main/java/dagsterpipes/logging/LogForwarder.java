package dagsterpipes.logging;

import dagsterpipes.internal.Losses;
import dagsterpipes.internal.OwnWork;
import dagsterpipes.report.LogLevel;
import dagsterpipes.report.StackText;

/**
 * Sends lines of a logging framework to the session that is open. While no session is open it sends
 * nothing. All our appenders and handlers call it, and an appender of the job may call it.
 *
 * <p>Never throws into the code that logs. A line that cannot be sent is counted, and stderr has
 * one notice. Lines that the session's channel itself logs while it writes are left out.
 * Thread-safe.
 */
public final class LogForwarder {
  /** Receives the lines while a session is open. */
  public interface Sink {
    /** Takes one line. Called from any thread; what it throws is counted as a loss. */
    void line(LogLevel level, String text);
  }

  private static final class Target {
    private final Sink sink;
    private final Losses losses;

    private Target(Sink sink, Losses losses) {
      this.sink = sink;
      this.losses = losses;
    }
  }

  private static volatile Target target;

  private LogForwarder() {}

  /** Whether a line would be sent now: ask before formatting it. Costs next to nothing. */
  public static boolean isOpen() {
    return target != null && !OwnWork.isOn();
  }

  /**
   * Sends one line as {@code LOGGER: MESSAGE}, followed by the stack of {@code thrown} with all its
   * causes.
   *
   * @param loggerName null or empty: not named
   * @param thrown null: no stack
   */
  public static void line(LogLevel level, String loggerName, String message, Throwable thrown) {
    Target now = target;
    if (now == null || OwnWork.isOn()) {
      return;
    }
    try {
      String named =
          loggerName == null || loggerName.isEmpty() ? message : loggerName + ": " + message;
      now.sink.line(level, StackText.append(named, thrown));
    } catch (Throwable e) {
      now.losses.add(e);
    }
  }

  /** Counts a line that could not even be formatted. */
  public static void lost(Throwable reason) {
    Target now = target;
    if (now != null) {
      now.losses.add(reason);
    }
  }

  /**
   * Sends lines to {@code sink} from now on. Called by a session when it opens.
   *
   * @param losses counts what {@code sink} does not take
   */
  public static synchronized void open(Sink sink, Losses losses) {
    target = new Target(sink, losses);
  }

  /**
   * Sends lines nowhere from now on. Called by the session that opened with these {@code losses};
   * where a later one has opened meanwhile, nothing happens.
   */
  public static synchronized void close(Losses losses) {
    if (target != null && target.losses == losses) {
      target = null;
    }
  }
}
