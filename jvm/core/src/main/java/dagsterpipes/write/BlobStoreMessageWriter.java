package dagsterpipes.write;

import dagsterpipes.params.SentParams;
import dagsterpipes.store.StoreUri;
import java.util.Map;

/**
 * Writes numbered chunks of messages into a store. A subclass says which place the parameters of
 * its reader name; {@code dagster_pipes.PipesBlobStoreMessageWriter}. Thread-safe where {@link
 * #uri} is.
 *
 * <p>For readers whose parameters do not say which store they mean; passed with {@code
 * Pipes.builder().messageWriter(...)}. {@link ChunkSettings} says how fast chunks follow each
 * other.
 */
public abstract class BlobStoreMessageWriter implements MessageWriter {
  /**
   * The place under which these parameters want {@code 1.json}, {@code 2.json}, ..., as a URI:
   * {@code gs://bucket/run}. A {@code file:} URI needs the JDK alone, any other one a Hadoop {@code
   * FileSystem} on the class path.
   *
   * @param params as {@link #open} has them
   * @throws dagsterpipes.errors.PipesException for parameters that name no such place
   */
  protected abstract String uri(Map<String, Object> params);

  @Override
  public final MessageWriterChannel open(Map<String, Object> params) {
    ChunkSettings settings = ChunkSettings.of(SentParams.ofMessages(params, this), null);
    StoreUri place = StoreUri.parse(uri(params), "uri");
    return ChunkedMessageWriterChannel.open(place, null, settings);
  }

  /** {@code ROOT/PREFIX}, or the root alone where a reader sent no prefix. */
  static String under(String root, String prefix) {
    return prefix == null || prefix.isEmpty() ? root : root + "/" + prefix;
  }
}
