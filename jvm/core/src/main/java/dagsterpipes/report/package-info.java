/**
 * What a job can say: typed metadata, materializations, checks, levels of a log, a Throwable as
 * Dagster shows it.
 */
package dagsterpipes.report;
