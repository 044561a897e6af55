package dagsterpipes.spark;

import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.ObjectStoreProvider;
import java.util.Optional;

/**
 * S3 through Hadoop's FileSystem, in a Spark job: EMRFS or S3A, with the cluster's own credentials,
 * proxies, encryption.
 *
 * <p>Names no class of Hadoop itself, so that it loads where there is none. Thread-safe.
 */
public final class HadoopObjectStoreProvider implements ObjectStoreProvider {
  @Override
  public int order() {
    return 100;
  }

  @Override
  public Optional<ObjectStore> open(String scheme, String bucket) {
    // Spark has to be there too: a program with Hadoop's client alone has no spark.hadoop.*
    // settings to go by.
    if (!"s3".equals(scheme)
        || !present("org.apache.hadoop.fs.FileSystem")
        || !present("org.apache.spark.SparkConf")) {
      return Optional.empty();
    }
    return HadoopObjectStore.open(bucket, PrivateConfiguration.fromProcess());
  }

  @Override
  public String remedy() {
    return "In a Spark job put S3A (hadoop-aws in the version of Spark's hadoop-client-api, with"
        + " its AWS SDK) on spark.driver.extraClassPath, or run on EMR, which has EMRFS.";
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
