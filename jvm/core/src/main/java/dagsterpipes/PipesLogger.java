package dagsterpipes;

import dagsterpipes.errors.PipesException;
import dagsterpipes.report.LogLevel;
import dagsterpipes.report.StackText;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serializable;

/**
 * Log lines that appear in Dagster's event log, with their level.
 *
 * <p>From {@link PipesContext#log()}. Safe to use from many threads; lines of one thread keep their
 * order. After the session is closed every method throws {@link PipesException}; outside Dagster
 * none does anything. It stays in the driver, as {@link PipesContext} does.
 */
public abstract class PipesLogger implements Serializable {
  // Kryo writes fields in the order of their names: the underscore puts this one first.
  private final Object _driverOnly = DriverOnly.kryoGuard("A PipesLogger");

  PipesLogger() {}

  private void writeObject(ObjectOutputStream out) throws NotSerializableException {
    throw DriverOnly.refusal("A PipesLogger");
  }

  /**
   * Sends {@code message} at {@code level}.
   *
   * @param message null becomes the text "null"
   * @throws PipesException after the session is closed
   * @throws dagsterpipes.errors.PipesIoException when the channel does not take the message
   */
  public abstract void log(LogLevel level, String message);

  /**
   * Sends {@code message} with the stack of {@code thrown} below it: its frames, the suppressed
   * ones and every cause.
   *
   * @param thrown null: the message alone
   */
  public final void log(LogLevel level, String message, Throwable thrown) {
    log(level, StackText.append(message, thrown));
  }

  /** Sends {@code message} at {@link LogLevel#DEBUG}; {@code null} becomes the text "null". */
  public final void debug(String message) {
    log(LogLevel.DEBUG, message);
  }

  /** As {@link #log(LogLevel, String, Throwable)}. */
  public final void debug(String message, Throwable thrown) {
    log(LogLevel.DEBUG, message, thrown);
  }

  /** Sends {@code message} at {@link LogLevel#INFO}; {@code null} becomes the text "null". */
  public final void info(String message) {
    log(LogLevel.INFO, message);
  }

  /** As {@link #log(LogLevel, String, Throwable)}. */
  public final void info(String message, Throwable thrown) {
    log(LogLevel.INFO, message, thrown);
  }

  /** Sends {@code message} at {@link LogLevel#WARNING}; {@code null} becomes the text "null". */
  public final void warning(String message) {
    log(LogLevel.WARNING, message);
  }

  /** As {@link #log(LogLevel, String, Throwable)}. */
  public final void warning(String message, Throwable thrown) {
    log(LogLevel.WARNING, message, thrown);
  }

  /** The name that most JVM loggers use for {@link #warning(String)}. */
  public final void warn(String message) {
    warning(message);
  }

  /** As {@link #log(LogLevel, String, Throwable)}. */
  public final void warn(String message, Throwable thrown) {
    warning(message, thrown);
  }

  /**
   * Sends {@code message} at {@link LogLevel#ERROR}; {@code null} becomes the text "null". The step
   * does not fail by it.
   */
  public final void error(String message) {
    log(LogLevel.ERROR, message);
  }

  /** As {@link #log(LogLevel, String, Throwable)}. */
  public final void error(String message, Throwable thrown) {
    log(LogLevel.ERROR, message, thrown);
  }

  /**
   * Sends {@code message} at {@link LogLevel#CRITICAL}; {@code null} becomes the text "null". The
   * step does not fail by it.
   */
  public final void critical(String message) {
    log(LogLevel.CRITICAL, message);
  }

  /** As {@link #log(LogLevel, String, Throwable)}. */
  public final void critical(String message, Throwable thrown) {
    log(LogLevel.CRITICAL, message, thrown);
  }
}
