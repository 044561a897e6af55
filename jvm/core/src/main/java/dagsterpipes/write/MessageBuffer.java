package dagsterpipes.write;

import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.report.LogLevel;
import dagsterpipes.wire.Method;
import dagsterpipes.wire.PipesConf;

/**
 * Takes messages into the queue of chunks, numbers them, and drops some when neither memory nor
 * disk has room: log lines only, each counted. Not thread-safe: the channel holds its lock.
 *
 * <p>Dropped lines are reported three times. stderr has a notice when the first line is dropped.
 * The event log has a line at their place when no more are dropped. {@code closed} has their
 * number, see {@link LineNumbers}.
 */
final class MessageBuffer {
  private final ChunkQueue queue;
  private final BufferSettings settings;
  private final LineNumbers numbers;

  /** Since the last warning. */
  private long dropped;

  private boolean noticed;

  MessageBuffer(BufferSettings settings, LineNumbers numbers) {
    this.settings = settings;
    this.numbers = numbers;
    this.queue = new ChunkQueue(settings);
  }

  ChunkQueue queue() {
    return queue;
  }

  /** Whether the message was taken. */
  boolean add(PipesMessage message, long nowNanos) {
    if (dropped > 0 && (Method.CLOSED.equals(message.method()) || queue.hasRecovered())) {
      warnOfDropped(nowNanos);
    }
    // While lines are dropped no single one slips through: the place of the gap would be unclear.
    boolean hasPlace = message.urgent() || dropped == 0;
    if (hasPlace && add(message, message.urgent(), nowNanos)) {
      return true;
    }
    numbers.dropped();
    dropped++;
    notice();
    return false;
  }

  /** Adds the line that the event log needs even if no {@code closed} came. */
  void finish(long nowNanos) {
    if (dropped > 0) {
      warnOfDropped(nowNanos);
    }
  }

  /** As if nothing had been added: the session was refused. */
  void reset() {
    queue.close();
    numbers.reset();
    dropped = 0;
  }

  /**
   * @param keep whether it must find room
   */
  private boolean add(PipesMessage message, boolean keep, long nowNanos) {
    NumberedLine line = numbers.line(message);
    boolean isTaken = queue.add(LineBytes.record(line), message.urgent(), keep, nowNanos);
    if (isTaken) {
      numbers.taken(line);
    }
    return isTaken;
  }

  private void warnOfDropped(long nowNanos) {
    PipesMessage warning =
        PipesMessage.log(
            LogLevel.WARNING,
            dropped
                + " log line(s) of this job were dropped here: the message store did not take them"
                + " in time, and "
                + full()
                + ". "
                + Troubleshooting.see("message-channel"));
    add(warning, true, nowNanos);
    dropped = 0;
  }

  private void notice() {
    if (!noticed) {
      noticed = true;
      Stderr.notice(
          "log lines are dropped from here on: the message store does not take them, and "
              + full()
              + ". Reports are kept. The number will be in the log and in the last message. "
              + Troubleshooting.see("message-channel"));
    }
  }

  private String full() {
    String memory = settings.bufferBytes() + " bytes in memory (" + PipesConf.BUFFER_BYTES + ")";
    SpillFault fault = queue.diskFault();
    if (fault != null) {
      return memory
          + " are full, and none can wait in "
          + settings.directory()
          + " ("
          + PipesConf.SPILL_DIRECTORY
          + "): "
          + fault.reason();
    }
    if (settings.spillBytes() == 0) {
      return memory + " are full, and " + PipesConf.SPILL_BYTES + " is 0";
    }
    return memory
        + " and "
        + settings.spillBytes()
        + " bytes on disk in "
        + settings.directory()
        + " ("
        + PipesConf.SPILL_BYTES
        + ") are full";
  }
}
