/**
 * The lines of logging frameworks on their way to Dagster: which of them, and under which level.
 */
package dagsterpipes.logging;
