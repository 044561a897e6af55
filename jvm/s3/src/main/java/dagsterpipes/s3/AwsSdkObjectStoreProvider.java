package dagsterpipes.s3;

import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.ObjectStoreProvider;
import java.util.Optional;

/**
 * S3 through AWS SDK for Java 2.x, for plain JVM programs that have it on their class path.
 *
 * <p>Names no class of the SDK itself, so that it loads where there is none. Thread-safe.
 */
public final class AwsSdkObjectStoreProvider implements ObjectStoreProvider {
  @Override
  public int order() {
    return 200;
  }

  @Override
  public Optional<ObjectStore> open(String scheme, String bucket) {
    if (!"s3".equals(scheme) || !present("software.amazon.awssdk.services.s3.S3Client")) {
      return Optional.empty();
    }
    return Optional.of(AwsSdkObjectStore.open(bucket, S3Environment.ofProcess()));
  }

  @Override
  public Optional<String> remedy(String scheme) {
    if (!"s3".equals(scheme)) {
      return Optional.empty();
    }
    return Optional.of(
        "In a plain JVM program add software.amazon.awssdk:s3 and :url-connection-client (2.20"
            + " or newer) to its class path.");
  }

  /**
   * With the loader that our own classes will be linked by: another one's SDK would be of no use.
   */
  static boolean present(String className) {
    try {
      Class.forName(className, false, AwsSdkObjectStoreProvider.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}
