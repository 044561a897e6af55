/**
 * The sessions of this process, from `opened` to `closed`, and the end of the process.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.session;
