package dagsterpipes.write;

import dagsterpipes.internal.Fault;
import dagsterpipes.params.SentParams;
import dagsterpipes.store.StoreUri;
import dagsterpipes.wire.MessagesParams;
import java.io.PrintStream;
import java.util.Map;

/**
 * Opens the channel that the parameters ask for. These are the channels, in the order of the
 * search:
 *
 * <ol>
 *   <li>a file ({@code path})
 *   <li>stdout or stderr ({@code stdio}, or {@code buffered_stdio} for all at the end)
 *   <li>chunks in a bucket ({@code bucket} with {@code key_prefix})
 *   <li>chunks under any URI ({@code uri})
 * </ol>
 *
 * <p>A bucket is one of S3 unless {@value dagsterpipes.wire.PipesConf#BUCKET_URI} says otherwise. A
 * URI is a directory of this machine ({@code file:}), or anything that a Hadoop {@code FileSystem}
 * can write.
 *
 * <p>Source: {@code dagster_pipes.PipesDefaultMessageWriter} and {@code PipesS3MessageWriter} in
 * one.
 */
public final class DefaultMessageWriter implements MessageWriter {
  @Override
  public MessageWriterChannel open(Map<String, Object> params) {
    boolean isAsked = Boolean.TRUE.equals(params.get(MessagesParams.READS_JVM_FOLDER));
    return open(
        params, isAsked && PySparkDriver.isThisProcess() ? MessagesParams.JVM_FOLDER : null);
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
    if (sent.has(MessagesParams.PATH)) {
      return new FileMessageWriterChannel(sent.string(MessagesParams.PATH), numbers(sent));
    }
    if (sent.has(MessagesParams.STDIO)) {
      return new StreamMessageWriterChannel(stream(sent, MessagesParams.STDIO), numbers(sent));
    }
    if (sent.has(MessagesParams.BUFFERED_STDIO)) {
      return new BufferedStreamMessageWriterChannel(
          stream(sent, MessagesParams.BUFFERED_STDIO), numbers(sent));
    }
    if (sent.has(MessagesParams.BUCKET) || sent.has(MessagesParams.URI)) {
      ChunkSettings settings =
          ChunkSettings.of(sent, folder); // before the store is opened: bad input needs no clean-up
      return sent.has(MessagesParams.BUCKET)
          ? ChunkedMessageWriterChannel.open(
              StoreUri.ofBucket(sent.string(MessagesParams.BUCKET)),
              sent.optional(MessagesParams.KEY_PREFIX),
              settings)
          : ChunkedMessageWriterChannel.open(
              StoreUri.parse(sent.string(MessagesParams.URI), MessagesParams.URI), null, settings);
    }
    throw sent.unknown(
        "key `path`, `stdio`, `buffered_stdio`, `uri`, or `bucket` with `key_prefix`");
  }

  private static LineNumbers numbers(SentParams sent) {
    return LineNumbers.of(sent.runToken(), Attempts.ofProcess(), Attempts.applicationOfProcess());
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
        .todo("Let the message reader yield one of the two.")
        .see("message-channel")
        .exception();
  }
}
