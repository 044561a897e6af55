/**
 * What the job prints, taken in beside its reports: stdout, stderr and loggers, from `opened` to
 * `closed`.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.capture;
