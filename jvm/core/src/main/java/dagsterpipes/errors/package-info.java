/**
 * What our calls throw: bad input, which its sender can correct, and broken I/O, which can pass.
 */
package dagsterpipes.errors;
