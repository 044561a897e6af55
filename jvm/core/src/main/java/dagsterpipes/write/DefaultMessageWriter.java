package dagsterpipes.write;

import dagsterpipes.internal.Fault;
import dagsterpipes.store.ObjectStores;
import java.io.PrintStream;
import java.util.Map;

/**
 * Opens whichever channel the parameters ask for: a file ({@code path}), stdout or stderr ({@code
 * stdio}, or {@code buffered_stdio} for all at the end), or chunks on S3 ({@code bucket} with
 * {@code key_prefix}), looked for in this order.
 *
 * <p>Source: {@code dagster_pipes.PipesDefaultMessageWriter} and {@code PipesS3MessageWriter} in
 * one.
 */
public final class DefaultMessageWriter implements MessageWriter {
  @Override
  public MessageWriterChannel open(Map<String, Object> params) {
    if (params.containsKey("path")) {
      return new FileMessageWriterChannel(string(params, "path"));
    }
    if (params.containsKey("stdio")) {
      return new StreamMessageWriterChannel(stream(params, "stdio"));
    }
    if (params.containsKey("buffered_stdio")) {
      return new BufferedStreamMessageWriterChannel(stream(params, "buffered_stdio"));
    }
    if (params.containsKey("bucket")) {
      ChunkSettings settings =
          ChunkSettings.of(params); // before the store is opened: bad input needs no clean-up
      String prefix = params.get("key_prefix") == null ? null : string(params, "key_prefix");
      return new ChunkedMessageWriterChannel(
          ObjectStores.open("s3", string(params, "bucket")), prefix, settings);
    }
    throw Fault.says("Invalid params for `DefaultMessageWriter`, a parameter of `Pipes.open`.")
        .expected(
            "key `path`, `stdio`, `buffered_stdio` or `bucket` with `key_prefix`",
            "the keys " + params.keySet(), // not the values: a reader may send credentials
            Fault.DAGSTER)
        .todo(
            "The orchestration side's message reader may expect another message writer: pass it"
                + " with Pipes.builder().messageWriter(...).")
        .see("message-channel")
        .exception();
  }

  /** The stream as it is now: what the job makes of System.out later must not swallow messages. */
  private static PrintStream stream(Map<String, Object> params, String key) {
    String name = string(params, key);
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

  private static String string(Map<String, Object> params, String key) {
    Object value = params.get(key);
    if (value instanceof String) {
      return (String) value;
    }
    throw Fault.says(
            "Invalid type for parameter `"
                + key
                + "` passed from orchestration side to `DefaultMessageWriter`.")
        .expected("a string", Fault.typeOf(value), Fault.DAGSTER)
        .todo("Look at what the message reader yields.")
        .see("message-channel")
        .exception();
  }
}
