package dagsterpipes.store;

import java.util.Optional;

/**
 * A way to reach object stores, found by {@link java.util.ServiceLoader} with the bridge's own
 * class loader.
 *
 * <p>A provider names no class of its SDK in its own fields and signatures, so that it loads where
 * that SDK is absent.
 */
public interface ObjectStoreProvider {
  /**
   * The place in the order of providers: lower is tried first. Local 50, Hadoop 100, AWS SDK 200.
   */
  int order();

  /**
   * A store for {@code scheme://authority}.
   *
   * @param scheme "s3", "file", "hdfs"...; in lower case
   * @param authority a bucket, {@code host:port}; empty where the URI has none
   * @return empty where the classes or the surroundings that this way needs are absent
   * @throws dagsterpipes.errors.PipesException where this way is the one, and its settings cannot
   *     be used
   */
  Optional<ObjectStore> open(String scheme, String authority);

  /**
   * One sentence, with its full stop: what to add so that this way works; empty where it has
   * nothing to do with {@code scheme}.
   */
  Optional<String> remedy(String scheme);
}
