package dagsterpipes.slf4j;

import dagsterpipes.logging.LogForwarder;
import dagsterpipes.report.LogLevel;
import org.slf4j.Logger;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.MessageFormatter;

/**
 * An {@code org.slf4j.Logger} whose lines go to Dagster's event log, for code that takes one as a
 * parameter: {@code validate(orders, PipesSlf4jLogger.of("acme.Orders"))}.
 *
 * <p>Loggers that code makes for itself end in the framework that slf4j is bound to, log4j2 in
 * Spark: forward that one, see {@code docs/logging.md}. Works with slf4j 1.7 and 2. Trace lines
 * arrive as DEBUG, markers are left out. Does nothing while no session is open, never throws.
 * Serialized into a Spark task it becomes the executor's own logger of that name. Thread-safe.
 */
@SuppressWarnings("deprecation") // slf4j 2 has a newer base class, 1.7 has this one only
public final class PipesSlf4jLogger extends org.slf4j.helpers.MarkerIgnoringBase {
  private static final long serialVersionUID = 1L;

  private PipesSlf4jLogger(String loggerName) {
    name = loggerName;
  }

  /**
   * A logger of this name.
   *
   * @param name the prefix of every line; empty: no prefix
   */
  public static Logger of(String name) {
    return new PipesSlf4jLogger(name);
  }

  private void log(LogLevel level, String message, Throwable thrown) {
    LogForwarder.line(level, name, message, thrown);
  }

  private void format(LogLevel level, String format, Object... arguments) {
    if (LogForwarder.isOpen()) {
      try {
        FormattingTuple line = MessageFormatter.arrayFormat(format, arguments);
        LogForwarder.line(level, name, line.getMessage(), line.getThrowable());
      } catch (Throwable e) {
        LogForwarder.lost(e);
      }
    }
  }

  @Override
  public boolean isTraceEnabled() {
    return LogForwarder.isOpen();
  }

  @Override
  public void trace(String message) {
    log(LogLevel.DEBUG, message, null);
  }

  @Override
  public void trace(String format, Object argument) {
    format(LogLevel.DEBUG, format, argument);
  }

  @Override
  public void trace(String format, Object first, Object second) {
    format(LogLevel.DEBUG, format, first, second);
  }

  @Override
  public void trace(String format, Object... arguments) {
    format(LogLevel.DEBUG, format, arguments);
  }

  @Override
  public void trace(String message, Throwable thrown) {
    log(LogLevel.DEBUG, message, thrown);
  }

  @Override
  public boolean isDebugEnabled() {
    return LogForwarder.isOpen();
  }

  @Override
  public void debug(String message) {
    log(LogLevel.DEBUG, message, null);
  }

  @Override
  public void debug(String format, Object argument) {
    format(LogLevel.DEBUG, format, argument);
  }

  @Override
  public void debug(String format, Object first, Object second) {
    format(LogLevel.DEBUG, format, first, second);
  }

  @Override
  public void debug(String format, Object... arguments) {
    format(LogLevel.DEBUG, format, arguments);
  }

  @Override
  public void debug(String message, Throwable thrown) {
    log(LogLevel.DEBUG, message, thrown);
  }

  @Override
  public boolean isInfoEnabled() {
    return LogForwarder.isOpen();
  }

  @Override
  public void info(String message) {
    log(LogLevel.INFO, message, null);
  }

  @Override
  public void info(String format, Object argument) {
    format(LogLevel.INFO, format, argument);
  }

  @Override
  public void info(String format, Object first, Object second) {
    format(LogLevel.INFO, format, first, second);
  }

  @Override
  public void info(String format, Object... arguments) {
    format(LogLevel.INFO, format, arguments);
  }

  @Override
  public void info(String message, Throwable thrown) {
    log(LogLevel.INFO, message, thrown);
  }

  @Override
  public boolean isWarnEnabled() {
    return LogForwarder.isOpen();
  }

  @Override
  public void warn(String message) {
    log(LogLevel.WARNING, message, null);
  }

  @Override
  public void warn(String format, Object argument) {
    format(LogLevel.WARNING, format, argument);
  }

  @Override
  public void warn(String format, Object first, Object second) {
    format(LogLevel.WARNING, format, first, second);
  }

  @Override
  public void warn(String format, Object... arguments) {
    format(LogLevel.WARNING, format, arguments);
  }

  @Override
  public void warn(String message, Throwable thrown) {
    log(LogLevel.WARNING, message, thrown);
  }

  @Override
  public boolean isErrorEnabled() {
    return LogForwarder.isOpen();
  }

  @Override
  public void error(String message) {
    log(LogLevel.ERROR, message, null);
  }

  @Override
  public void error(String format, Object argument) {
    format(LogLevel.ERROR, format, argument);
  }

  @Override
  public void error(String format, Object first, Object second) {
    format(LogLevel.ERROR, format, first, second);
  }

  @Override
  public void error(String format, Object... arguments) {
    format(LogLevel.ERROR, format, arguments);
  }

  @Override
  public void error(String message, Throwable thrown) {
    log(LogLevel.ERROR, message, thrown);
  }
}
