/**
 * How a line gets to Dagster: a file, a stream, or numbered chunks in a store, delivered in order
 * through faults. Who writes to a place of their own implements {@code MessageWriter}.
 */
package dagsterpipes.write;
