/**
 * Objects by name in whatever store a URI means: the port that S3 and Hadoop implement, found by
 * {@code ServiceLoader}.
 */
package dagsterpipes.store;
