/**
 * The JVM part of {@code make bench}.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.bench;
