/**
 * Everything that needs Spark: reports of tasks and streams, DataFrames as metadata, Hadoop's file
 * systems as stores, and the bridge for PySpark.
 */
package dagsterpipes.spark;
