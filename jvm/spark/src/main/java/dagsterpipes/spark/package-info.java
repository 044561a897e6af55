/**
 * What needs Spark: reports of tasks and streams, DataFrames as metadata, Hadoop's file systems as
 * stores, the bridge that PySpark calls.
 */
package dagsterpipes.spark;
