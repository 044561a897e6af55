package dagsterpipes.write;

import dagsterpipes.internal.Fault;
import dagsterpipes.params.SentParams;
import dagsterpipes.store.StoreUri;
import java.io.PrintStream;
import java.util.Map;

/**
 * Opens whichever channel the parameters ask for: a file ({@code path}), stdout or stderr ({@code
 * stdio}, or {@code buffered_stdio} for all at the end), or chunks in a bucket ({@code bucket} with
 * {@code key_prefix}) or under any URI ({@code uri}), looked for in this order.
 *
 * <p>A bucket is one of S3 unless {@value dagsterpipes.params.PipesConf#BUCKET_URI} says otherwise.
 * A URI is a directory of this machine ({@code file:}), or whatever Hadoop has a FileSystem for.
 *
 * <p>Source: {@code dagster_pipes.PipesDefaultMessageWriter} and {@code PipesS3MessageWriter} in
 * one.
 */
public final class DefaultMessageWriter implements MessageWriter {
  /**
   * To a reader that looks there ({@code "reads_jvm_folder": true}), a session that JVM code of a
   * Python driver opens by itself writes its chunks here: one of Python's, opened beside it, would
   * have the same numbers.
   */
  private static final String JVM_FOLDER = "jvm";

  @Override
  public MessageWriterChannel open(Map<String, Object> params) {
    boolean isAsked = Boolean.TRUE.equals(params.get("reads_jvm_folder"));
    return open(params, isAsked && PySparkDriver.isThisProcess() ? JVM_FOLDER : null);
  }

  /**
   * Opens the channel of a session that Python opens: always at the place that every reader looks
   * for.
   *
   * @throws dagsterpipes.errors.PipesException as {@link #open}
   */
  public MessageWriterChannel openForPython(Map<String, Object> params) {
    return open(params, null);
  }

  private MessageWriterChannel open(Map<String, Object> params, String folder) {
    SentParams sent = SentParams.ofMessages(params, this);
    MessageCount count = MessageCount.of(params);
    if (sent.has("path")) {
      return new FileMessageWriterChannel(sent.string("path"), count);
    }
    if (sent.has("stdio")) {
      return new StreamMessageWriterChannel(stream(sent, "stdio"), count);
    }
    if (sent.has("buffered_stdio")) {
      return new BufferedStreamMessageWriterChannel(stream(sent, "buffered_stdio"), count);
    }
    if (sent.has("bucket") || sent.has("uri")) {
      ChunkSettings settings =
          ChunkSettings.of(
              params, folder); // before the store is opened: bad input needs no clean-up
      return sent.has("bucket")
          ? ChunkedMessageWriterChannel.open(
              StoreUri.ofBucket(sent.string("bucket")), sent.optional("key_prefix"), settings)
          : ChunkedMessageWriterChannel.open(
              StoreUri.parse(sent.string("uri"), "uri"), null, settings);
    }
    throw sent.unknown(
        "key `path`, `stdio`, `buffered_stdio`, `uri`, or `bucket` with `key_prefix`");
  }

  /** The stream as it is now: what the job makes of System.out later must not swallow messages. */
  private static PrintStream stream(SentParams sent, String key) {
    String name = sent.string(key);
    if ("stdout".equals(name)) {
      return System.out;
    }
    if ("stderr".equals(name)) {
      return System.err;
    }
    throw Fault.value(key, "Pipes.open")
        .expected("`stderr` or `stdout`", "`" + name + "`", Fault.DAGSTER)
        .todo("Look at what the message reader yields.")
        .see("message-channel")
        .exception();
  }
}
