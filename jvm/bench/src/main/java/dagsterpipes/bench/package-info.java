/**
 * What {@code make bench} measures on the JVM.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.bench;
