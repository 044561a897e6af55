/**
 * Reports of unmodified applications, from Spark's events.
 *
 * <p>{@code PipesPlugin} and {@code PipesMain} are named by our clients. All other classes are
 * internal: they may change any day.
 */
package dagsterpipes.instrument;
