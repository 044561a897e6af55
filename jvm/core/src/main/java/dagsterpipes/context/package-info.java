/**
 * What the step is: the context as Dagster sent it, from a file, an object or the parameter itself.
 */
package dagsterpipes.context;
