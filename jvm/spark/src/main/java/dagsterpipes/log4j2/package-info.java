/** Lines of log4j 2, Spark's own framework, for Dagster's event log. */
package dagsterpipes.log4j2;
