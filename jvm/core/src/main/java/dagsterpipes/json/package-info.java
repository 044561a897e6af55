/**
 * JSON text to and from plain Java values, with every digit kept; the only package that knows the
 * JSON library.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.json;
