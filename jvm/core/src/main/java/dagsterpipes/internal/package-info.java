/**
 * Tools of all other packages: error messages, stderr, and marks on our own threads.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.internal;
