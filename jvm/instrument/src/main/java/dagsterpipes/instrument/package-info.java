/**
 * Zero code: an application that knows nothing of Dagster reports what Spark tells of it. {@code
 * PipesPlugin} and {@code PipesMain} are named by our clients; every other class is internal and
 * may change any day.
 */
package dagsterpipes.instrument;
