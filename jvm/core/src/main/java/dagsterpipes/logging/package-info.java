/** Lines of logging frameworks for Dagster's event log: which loggers, and from which level. */
package dagsterpipes.logging;
