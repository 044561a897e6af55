/**
 * Where the two bootstrap parameters are found, and how they are read: in arguments, system
 * properties, the environment or a map.
 */
package dagsterpipes.params;
