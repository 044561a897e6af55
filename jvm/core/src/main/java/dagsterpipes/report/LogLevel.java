package dagsterpipes.report;

/**
 * The levels that Dagster's event log knows; Dagster refuses every other name, TRACE for example.
 */
public enum LogLevel {
  /** Details for the search for a fault. */
  DEBUG,
  /** The usual course of the job. */
  INFO,
  /** Something to look at; most JVM loggers call it WARN. */
  WARNING,
  /** A part of the job failed. The step does not fail by it. */
  ERROR,
  /** The worst; log4j calls it FATAL. The step does not fail by it. */
  CRITICAL
}
