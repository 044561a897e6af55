package dagsterpipes.write;

import dagsterpipes.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Puts chunk after chunk: {@code KEY_PREFIX/1.json}, {@code KEY_PREFIX/2.json}, ... with the lines
 * joined by a line feed.
 *
 * <p>The number moves on only when the store has the chunk: readers wait for a missing number for
 * ever, so none is skipped. Not thread-safe.
 */
final class ChunkUploader {
  private final ObjectStore store;
  private final String keyPrefix;
  private int next = 1;

  /**
   * @param keyPrefix null or empty: chunks lie at the bucket's top
   */
  ChunkUploader(ObjectStore store, String keyPrefix) {
    this.store = store;
    this.keyPrefix = keyPrefix;
  }

  /** One attempt. The same lines must come again after a failure. */
  void upload(List<String> lines) {
    store.write(key(), String.join("\n", lines).getBytes(StandardCharsets.US_ASCII));
    next++;
  }

  /** The name of the chunk that comes next, for messages. */
  String describeNext() {
    return store.describe(key());
  }

  private String key() {
    return keyPrefix == null || keyPrefix.isEmpty()
        ? next + ".json"
        : keyPrefix + "/" + next + ".json";
  }
}
