package dagsterpipes.report;

/**
 * The levels that Dagster's event log knows; Dagster refuses every other name, TRACE for example.
 */
public enum LogLevel {
  DEBUG,
  INFO,
  WARNING,
  ERROR,
  CRITICAL
}
