package dagsterpipes.write;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.store.ObjectStore;
import java.util.Arrays;

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
  private final boolean claims;
  private final JobOfLaunch job;
  private final String jobPrefix;
  private int candidate;
  // Null until the store was asked; volatile, as close may describe what this thread looks for.
  private volatile String folder;
  private volatile int next = 1;

  /**
   * @param keyPrefix null or empty: chunks lie at the bucket's top
   * @param yarnAttempt see {@link Attempts#ofContainer}
   * @param claims whether lines have identities. The first chunk then creates its object, and where
   *     another process was first, the next folder is tried.
   * @param job checked before the first chunk
   * @param jobPrefix the prefix of the whole run
   */
  ChunkUploader(
      ObjectStore store,
      String keyPrefix,
      int yarnAttempt,
      boolean claims,
      JobOfLaunch job,
      String jobPrefix) {
    this.claims = claims;
    this.store = store;
    this.keyPrefix = keyPrefix;
    this.yarnAttempt = yarnAttempt;
    this.job = job;
    this.jobPrefix = jobPrefix;
  }

  /** One attempt. The same chunk must come again after a failure. */
  void upload(Chunk chunk) {
    if (folder == null) {
      job.check(store, jobPrefix);
      int free = claims ? claim(chunk) : Attempts.free(store, keyPrefix, 1, yarnAttempt);
      folder = Attempts.folder(keyPrefix, free);
      if (claims) {
        next++;
        return;
      }
    }
    store.write(folder + next + ".json", chunk.bytes());
    next++;
  }

  /** The number of the folder in which this call has created the first chunk. */
  private int claim(Chunk chunk) {
    while (true) {
      if (candidate == 0) {
        candidate = Attempts.free(store, keyPrefix, 1, yarnAttempt);
      }
      // A retry after a fault tries the same one.
      String key = Attempts.folder(keyPrefix, candidate) + "1.json";
      if (store.create(key, chunk.bytes()) || isOwn(key, chunk.bytes())) {
        return candidate;
      }
      candidate = Attempts.free(store, keyPrefix, candidate + 1, yarnAttempt);
    }
  }

  /**
   * Whether the object is this chunk: a request that arrives twice, or is retried after a lost
   * answer, is refused the second time.
   */
  private boolean isOwn(String key, byte[] body) {
    try {
      return Arrays.equals(store.read(key, body.length + 1), body);
    } catch (PipesIoException e) {
      return false; // The next folder is right in any case: the reader ignores a second copy.
    }
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
