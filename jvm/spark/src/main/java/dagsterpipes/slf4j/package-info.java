/** An SLF4J logger that reports to Dagster. */
package dagsterpipes.slf4j;
