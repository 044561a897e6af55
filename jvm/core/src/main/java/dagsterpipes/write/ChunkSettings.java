package dagsterpipes.write;

import dagsterpipes.internal.Fault;
import dagsterpipes.params.ConfNumbers;
import dagsterpipes.params.SentParams;
import dagsterpipes.wire.MessagesParams;
import dagsterpipes.wire.PipesConf;

/**
 * How fast chunks may follow each other.
 *
 * <p>Our reader sends {@code upload_interval_millis} and reads as fast as chunks come: log lines
 * wait that long at most, everything else leaves at once. Dagster's stock reader sends no such key.
 * It takes about one chunk in 11 seconds and, after the process ended, 11 more. A faster writer
 * would lose messages, so ours paces itself. Immutable.
 */
public final class ChunkSettings {
  /** Just under what the stock reader takes ({@code .seconds > 10}). */
  static final long STOCK_INTERVAL_MILLIS = 10_000;

  static final long CLOSE_TIMEOUT_MILLIS = 60_000;

  private final long intervalMillis;
  private final boolean readerKeepsUp;
  private final long closeTimeoutMillis;
  private final BufferSettings buffer;
  private final String runToken;
  private final Long stopPollIntervalMillis;
  private final String folder;
  private final String launch;

  /**
   * Settings with the usual buffer, see {@link PipesConf#BUFFER_BYTES}.
   *
   * @param intervalMillis for a reader that keeps up: how long log lines wait; else: the time
   *     between two chunks
   * @param readerKeepsUp whether reports may leave at once
   * @param closeTimeoutMillis how long closing waits for the last chunks; 0: not at all
   */
  public ChunkSettings(long intervalMillis, boolean readerKeepsUp, long closeTimeoutMillis) {
    this(intervalMillis, readerKeepsUp, closeTimeoutMillis, BufferSettings.defaults(), null);
  }

  ChunkSettings(
      long intervalMillis,
      boolean readerKeepsUp,
      long closeTimeoutMillis,
      BufferSettings buffer,
      String runToken) {
    this(intervalMillis, readerKeepsUp, closeTimeoutMillis, buffer, runToken, null, null, null);
  }

  ChunkSettings(
      long intervalMillis,
      boolean readerKeepsUp,
      long closeTimeoutMillis,
      BufferSettings buffer,
      String runToken,
      Long stopPollIntervalMillis,
      String folder,
      String launch) {
    this.intervalMillis = intervalMillis;
    this.readerKeepsUp = readerKeepsUp;
    this.closeTimeoutMillis = closeTimeoutMillis;
    this.buffer = buffer;
    this.runToken = runToken;
    this.stopPollIntervalMillis = stopPollIntervalMillis;
    this.folder = folder;
    this.launch = launch;
  }

  /**
   * From the messages parameter and, before it, the system properties of {@link PipesConf}.
   *
   * @param folder of the chunks, below the prefix of the session; null: none
   */
  static ChunkSettings of(SentParams sent, String folder) {
    Long asked = sentMillis(sent, MessagesParams.UPLOAD_INTERVAL_MILLIS);
    Long set = ConfNumbers.millis(PipesConf.UPLOAD_INTERVAL_MILLIS, 1);
    long interval = set != null ? set : asked != null ? asked : STOCK_INTERVAL_MILLIS;
    return new ChunkSettings(
        interval,
        asked != null,
        configuredCloseTimeoutMillis(),
        BufferSettings.ofProcess(),
        sent.runToken(),
        sentMillis(sent, MessagesParams.STOP_POLL_INTERVAL_MILLIS),
        folder,
        sent.get(MessagesParams.LAUNCH) instanceof String
            ? (String) sent.get(MessagesParams.LAUNCH)
            : null);
  }

  /** The identity of the launch; null: the client does not send it. */
  String launch() {
    return launch;
  }

  /**
   * How long closing may take, in milliseconds: {@link PipesConf#CLOSE_TIMEOUT_MILLIS}, else 60000;
   * 0: it does not wait.
   *
   * @throws dagsterpipes.errors.PipesException when that property is no whole number or below 0
   */
  public static long configuredCloseTimeoutMillis() {
    Long timeout = ConfNumbers.millis(PipesConf.CLOSE_TIMEOUT_MILLIS, 0);
    return timeout != null ? timeout : CLOSE_TIMEOUT_MILLIS;
  }

  long intervalMillis() {
    return intervalMillis;
  }

  boolean readerKeepsUp() {
    return readerKeepsUp;
  }

  long closeTimeoutMillis() {
    return closeTimeoutMillis;
  }

  BufferSettings buffer() {
    return buffer;
  }

  /** The token of the run; null: the reader requests no identity of lines. */
  String runToken() {
    return runToken;
  }

  /**
   * The interval at which the channel polls for a request to stop; null: the reader does not ask
   * for it.
   */
  Long stopPollIntervalMillis() {
    return stopPollIntervalMillis;
  }

  /** The prefix of the chunks of a session with this prefix, which may be null. */
  String placeOfChunks(String keyPrefix) {
    if (folder == null) {
      return keyPrefix;
    }
    return keyPrefix == null || keyPrefix.isEmpty() ? folder : keyPrefix + "/" + folder;
  }

  private static Long sentMillis(SentParams sent, String key) {
    Object value = sent.get(key);
    if (value == null) {
      return null;
    }
    if (value instanceof Long && (Long) value >= 1) {
      return (Long) value;
    }
    throw Fault.value(key, "Pipes.open")
        .expected("a whole number of milliseconds, at least 1", Fault.typeOf(value), Fault.DAGSTER)
        .todo("Let the message reader yield such a number, or leave the key out.")
        .see("message-channel")
        .exception();
  }
}
