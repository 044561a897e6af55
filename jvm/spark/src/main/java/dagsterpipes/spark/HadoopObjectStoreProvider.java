package dagsterpipes.spark;

import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.ObjectStoreProvider;
import java.util.Optional;

/**
 * Whatever Hadoop has a FileSystem for, with the cluster's own credentials, proxies, encryption: S3
 * in a Spark job (EMRFS or S3A); HDFS, Google Cloud Storage, Azure and others in any program that
 * has Hadoop's client and the driver.
 *
 * <p>Names no class of Hadoop itself, so that it loads where there is none. Thread-safe.
 */
public final class HadoopObjectStoreProvider implements ObjectStoreProvider {
  @Override
  public int order() {
    return 100;
  }

  @Override
  public Optional<ObjectStore> open(String scheme, String authority) {
    if ("file".equals(scheme) || !present("org.apache.hadoop.fs.FileSystem")) {
      return Optional.empty();
    }
    // S3 in a program with Hadoop's client alone is AWS SDK's: there are no spark.hadoop.* settings
    // to go by.
    if ("s3".equals(scheme) && !present("org.apache.spark.SparkConf")) {
      return Optional.empty();
    }
    return HadoopObjectStore.open(scheme, authority, PrivateConfiguration.fromProcess());
  }

  @Override
  public Optional<String> remedy(String scheme) {
    switch (scheme) {
      case "file":
        return Optional.empty();
      case "s3":
        return Optional.of(
            "In a Spark job put S3A (hadoop-aws in the version of Spark's hadoop-client-api, with"
                + " its AWS SDK) on spark.driver.extraClassPath, or run on EMR, which has EMRFS.");
      case "hdfs":
      case "webhdfs":
        return Optional.of(
            "Spark has HDFS's client; to another program add org.apache.hadoop:hadoop-client-api"
                + " and :hadoop-client-runtime.");
      case "gs":
        return Optional.of(
            "Put Google's connector (com.google.cloud.bigdataoss:gcs-connector, its shaded jar for"
                + " this Hadoop) on spark.driver.extraClassPath, or by --jars with"
                + " spark.hadoop.fs.gs.impl=com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem;"
                + " Dataproc has it, and Hadoop 3.5 names one of its own,"
                + " org.apache.hadoop:hadoop-gcp.");
      case "abfs":
      case "abfss":
      case "wasb":
      case "wasbs":
        return Optional.of(
            "Put org.apache.hadoop:hadoop-azure, in the version of Spark's hadoop-client-api, and"
                + " what it depends on on spark.driver.extraClassPath.");
      default:
        return Optional.of(
            "Put the jar with Hadoop's FileSystem for "
                + scheme
                + " on spark.driver.extraClassPath, and name its class in spark.hadoop.fs."
                + scheme
                + ".impl where it does not register itself.");
    }
  }

  private static boolean present(String className) {
    try {
      Class.forName(className, false, HadoopObjectStoreProvider.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}
