package dagsterpipes;

import dagsterpipes.report.LogLevel;

/**
 * Log lines that appear in Dagster's event log, with their level.
 *
 * <p>From {@link PipesContext#log()}. Safe to use from many threads; lines of one thread keep their
 * order. After the session is closed every method throws {@link PipesException}; outside Dagster
 * none does anything.
 */
public abstract class PipesLogger {
  PipesLogger() {}

  /** Sends {@code message} ({@code null} becomes the text "null") at {@code level}. */
  public abstract void log(LogLevel level, String message);

  public final void debug(String message) {
    log(LogLevel.DEBUG, message);
  }

  public final void info(String message) {
    log(LogLevel.INFO, message);
  }

  public final void warning(String message) {
    log(LogLevel.WARNING, message);
  }

  /** The name that most JVM loggers use for {@link #warning(String)}. */
  public final void warn(String message) {
    warning(message);
  }

  public final void error(String message) {
    log(LogLevel.ERROR, message);
  }

  public final void critical(String message) {
    log(LogLevel.CRITICAL, message);
  }
}
