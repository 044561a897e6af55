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
  /** Lower is tried first: Hadoop 100 (only in a Spark job), AWS SDK 200. */
  int order();

  /**
   * A store for {@code scheme://bucket}.
   *
   * @param scheme "s3"
   * @return empty where the classes or the surroundings that this way needs are absent
   */
  Optional<ObjectStore> open(String scheme, String bucket);

  /** One sentence, with its full stop: what to add so that this way works. */
  String remedy();
}
