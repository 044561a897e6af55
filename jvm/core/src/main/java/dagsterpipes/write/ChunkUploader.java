package dagsterpipes.write;

import dagsterpipes.store.ObjectStore;

/**
 * Puts chunk after chunk: {@code KEY_PREFIX/1.json}, {@code KEY_PREFIX/2.json}, ..., or the same
 * under the folder of a later attempt, see {@link Attempts}.
 *
 * <p>The number moves on only when the store has the chunk: readers wait for a missing number for
 * ever, so none is skipped. Not thread-safe.
 */
final class ChunkUploader {
  private final ObjectStore store;
  private final String keyPrefix;
  private final int yarnAttempt;
  // Null until the store was asked; volatile, as close may describe what this thread looks for.
  private volatile String folder;
  private volatile int next = 1;

  /**
   * @param keyPrefix null or empty: chunks lie at the bucket's top
   * @param yarnAttempt see {@link Attempts#ofContainer}
   */
  ChunkUploader(ObjectStore store, String keyPrefix, int yarnAttempt) {
    this.store = store;
    this.keyPrefix = keyPrefix;
    this.yarnAttempt = yarnAttempt;
  }

  /** One attempt. The same chunk must come again after a failure. */
  void upload(Chunk chunk) {
    if (folder == null) {
      folder = Attempts.folder(store, keyPrefix, yarnAttempt);
    }
    store.write(folder + next + ".json", chunk.bytes());
    next++;
  }

  /** The name of the chunk that comes next, for messages. */
  String describeNext() {
    String known = folder;
    if (known == null) {
      known = keyPrefix == null || keyPrefix.isEmpty() ? "" : keyPrefix + "/";
    }
    return store.describe(known + next + ".json");
  }
}
