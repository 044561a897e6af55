/** A logger of SLF4J that reports, for code that takes one. */
package dagsterpipes.slf4j;
