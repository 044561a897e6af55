package dagsterpipes.logging;

import dagsterpipes.report.LogLevel;
import java.util.logging.Level;

/**
 * Levels of logging frameworks as Dagster's. The common scale is log4j's {@code Level.intLevel()},
 * in which a custom level is between two others and counts as the milder one.
 */
public final class LogLevels {
  static final int OFF = 0;
  static final int FATAL = 100;
  static final int ERROR = 200;
  static final int WARN = 300;
  static final int INFO = 400;
  static final int DEBUG = 500;
  static final int TRACE = 600;

  private LogLevels() {}

  /**
   * Dagster's level for a level of log4j. FATAL is CRITICAL and TRACE is DEBUG, since Dagster knows
   * no others.
   *
   * @param intLevel log4j's {@code Level.intLevel()}
   */
  public static LogLevel ofLog4j(int intLevel) {
    if (intLevel <= FATAL) {
      return LogLevel.CRITICAL;
    }
    if (intLevel <= ERROR) {
      return LogLevel.ERROR;
    }
    if (intLevel <= WARN) {
      return LogLevel.WARNING;
    }
    return intLevel <= INFO ? LogLevel.INFO : LogLevel.DEBUG;
  }

  /** SEVERE is ERROR, FINE DEBUG, FINER and FINEST TRACE; above SEVERE is FATAL. */
  static int log4jOfJul(Level level) {
    int value = level.intValue();
    if (value > Level.SEVERE.intValue()) {
      return FATAL;
    }
    if (value == Level.SEVERE.intValue()) {
      return ERROR;
    }
    if (value >= Level.WARNING.intValue()) {
      return WARN;
    }
    if (value >= Level.INFO.intValue()) {
      return INFO;
    }
    return value >= Level.FINE.intValue() ? DEBUG : TRACE;
  }
}
