/** The content of reports: typed metadata, materializations, checks, log levels, exceptions. */
package dagsterpipes.report;
