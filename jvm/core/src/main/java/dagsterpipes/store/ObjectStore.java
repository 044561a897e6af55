package dagsterpipes.store;

import dagsterpipes.errors.PipesIoException;
import java.io.Closeable;

/**
 * Named bytes under one root (a bucket, a file system): the part of S3, HDFS and other stores that
 * chunks and contexts need.
 *
 * <p>Opened by {@link ObjectStores#open(String, String)}, closed by the code that opened it.
 * Implementations are thread-safe.
 */
public interface ObjectStore extends Closeable {
  /**
   * Reads an object into memory, its first {@code maxBytes} bytes if it is larger.
   *
   * @param key not escaped, without a slash at its start
   * @throws PipesIoException where there is no such object, no access or no answer; it says what to
   *     do
   */
  byte[] read(String key, int maxBytes) throws PipesIoException;

  /**
   * Creates or overwrites the object; returns when the store has it. A reader meanwhile finds the
   * whole object or none.
   *
   * @param body not kept, not changed
   * @throws PipesIoException when the store did not take it; {@link PipesIoException#retryable()}
   *     tells whether a retry can help
   */
  void write(String key, byte[] body) throws PipesIoException;

  /**
   * Creates the object unless there is one, as one step: of several processes that do so at once,
   * one succeeds. A store without such a request overwrites the object.
   *
   * @param body not kept, not changed
   * @return false if there is an object already, which this call did not change
   * @throws PipesIoException as {@link #write}; the object may exist then
   */
  default boolean create(String key, byte[] body) throws PipesIoException {
    write(key, body);
    return true;
  }

  /**
   * Whether the object exists, found with one small request; {@link Presence#UNKNOWN} if this
   * process has no right to know it.
   *
   * @throws PipesIoException for a transient error: always retryable
   */
  default Presence presence(String key) throws PipesIoException {
    return Presence.UNKNOWN;
  }

  /** Whether {@link #create} is one step in this store, as far as it is known. */
  default boolean createsInOneStep() {
    return false;
  }

  /** The object's name for messages: {@code s3://bucket/key}, {@code hdfs://host:8020/key}. */
  String describe(String key);
}
