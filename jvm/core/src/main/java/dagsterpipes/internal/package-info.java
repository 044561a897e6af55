/**
 * What every other package needs and none owns: texts of errors, stderr, threads of our own.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.internal;
