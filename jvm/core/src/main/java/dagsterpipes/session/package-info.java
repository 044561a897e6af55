/**
 * The sessions of this process, from `opened` to `closed` and to the end of the process, whoever
 * reports in them.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.session;
