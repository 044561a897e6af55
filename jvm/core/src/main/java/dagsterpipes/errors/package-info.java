/**
 * The exceptions of our calls: bad input, which its sender can correct, and broken I/O, with a note
 * whether a retry may succeed.
 */
package dagsterpipes.errors;
