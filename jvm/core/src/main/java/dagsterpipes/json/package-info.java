/**
 * JSON to and from plain Java values, with every digit kept. No other package knows the JSON
 * library.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.json;
