package dagsterpipes.logging;

import dagsterpipes.internal.Stderr;
import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The logging framework of this process: the first that is in use, else {@code java.util.logging}.
 * Thread-safe.
 */
public final class LogFrameworks {
  private LogFrameworks() {}

  /**
   * Sends the lines that {@code rules} choose to {@link LogForwarder}.
   *
   * @return ends it when closed
   */
  public static AutoCloseable forward(ForwardRules rules) {
    LogFramework framework = find();
    return framework == null ? JulForwarding.start(rules) : framework.forward(rules);
  }

  /**
   * Shows {@code sink} what the framework prints through streams that it took earlier. Never
   * throws: text that is printed elsewhere is captured anyway.
   *
   * @return ends it when closed
   */
  public static AutoCloseable tapConsoles(LogFramework.ConsoleSink sink) {
    try {
      LogFramework framework = find();
      if (framework != null) {
        return framework.tapConsole(sink);
      }
    } catch (RuntimeException | LinkageError e) {
      Stderr.notice("cannot see what the logging framework prints, the job goes on: " + e);
    }
    return () -> {};
  }

  private static LogFramework find() {
    Iterator<LogFramework> found =
        ServiceLoader.load(LogFramework.class, LogFramework.class.getClassLoader()).iterator();
    while (true) {
      try {
        if (!found.hasNext()) {
          return null;
        }
        LogFramework framework = found.next();
        if (framework.isInUse()) {
          return framework;
        }
      } catch (ServiceConfigurationError | LinkageError e) {
        // One whose library is not here, or another than it was written for.
      }
    }
  }
}
