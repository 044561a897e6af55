/**
 * The port to object stores. S3 and Hadoop implement it; {@code ServiceLoader} finds them by the
 * scheme of a URI.
 */
package dagsterpipes.store;
