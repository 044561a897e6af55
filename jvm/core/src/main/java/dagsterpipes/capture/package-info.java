/**
 * The job's stdout, stderr and log lines as messages, between `opened` and `closed`.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.capture;
