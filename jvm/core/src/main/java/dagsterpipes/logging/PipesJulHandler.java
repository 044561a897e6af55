package dagsterpipes.logging;

import dagsterpipes.report.LogLevel;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;

/**
 * Sends the lines of {@code java.util.logging} to Dagster's event log while a session is open, and
 * does nothing otherwise.
 *
 * <p>Added in code, {@code Logger.getLogger("acme").addHandler(new PipesJulHandler())}, or by name
 * in logging.properties, {@code handlers = dagsterpipes.logging.PipesJulHandler}, with {@code
 * dagsterpipes.logging.PipesJulHandler.level} (default ALL). Levels: SEVERE is ERROR, FINE and
 * below DEBUG, others by their number. Thread-safe.
 */
public final class PipesJulHandler extends Handler {
  private final SimpleFormatter messages = new SimpleFormatter();

  /** A handler with the level of logging.properties; ALL if the level is missing or invalid. */
  public PipesJulHandler() {
    String level =
        LogManager.getLogManager().getProperty(PipesJulHandler.class.getName() + ".level");
    try {
      setLevel(level == null ? Level.ALL : Level.parse(level.trim()));
    } catch (IllegalArgumentException e) {
      setLevel(Level.ALL); // as the JDK's own handlers do
    }
  }

  @Override
  public void publish(LogRecord record) {
    if (!LogForwarder.isOpen() || !isLoggable(record)) {
      return;
    }
    try {
      LogLevel level = LogLevels.ofLog4j(LogLevels.log4jOfJul(record.getLevel()));
      String message = messages.formatMessage(record); // with its parameters, in its language
      LogForwarder.line(level, record.getLoggerName(), message, record.getThrown());
    } catch (Throwable e) {
      LogForwarder.lost(e);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
