/**
 * A program that drives the public API from the command line, for tests that compare languages.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.conformance;
