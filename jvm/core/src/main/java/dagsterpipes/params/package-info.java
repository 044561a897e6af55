/**
 * The sources of the two bootstrap parameters: arguments, system properties, the environment, or a
 * map.
 */
package dagsterpipes.params;
