/** The context of a step as Dagster sent it, from a file, an object or the parameter itself. */
package dagsterpipes.context;
