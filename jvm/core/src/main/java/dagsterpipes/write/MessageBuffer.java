package dagsterpipes.write;

import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.report.LogLevel;
import dagsterpipes.wire.Method;
import dagsterpipes.wire.PipesConf;
import java.io.IOException;

/**
 * Takes messages into the queue of chunks, counts them, and drops some when neither memory nor disk
 * has room: log lines only, each counted. Not thread-safe: the channel holds its lock.
 *
 * <p>Dropped lines are reported three times. stderr has a notice when the first line is dropped.
 * The event log has a line at their place when no more are dropped. {@code closed} has their
 * number, see {@link MessageCount}.
 */
final class MessageBuffer {
  private final ChunkQueue queue;
  private final BufferSettings settings;
  private final boolean tellsCount;
  private MessageCount count;

  /** Since the last warning. */
  private long dropped;

  private boolean noticed;

  MessageBuffer(BufferSettings settings, boolean tellsCount) {
    this.settings = settings;
    this.tellsCount = tellsCount;
    this.queue = new ChunkQueue(settings);
    this.count = new MessageCount(tellsCount);
  }

  ChunkQueue queue() {
    return queue;
  }

  void add(PipesMessage message, long nowNanos) {
    if (dropped > 0 && (Method.CLOSED.equals(message.method()) || queue.hasRecovered())) {
      warnOfDropped(nowNanos);
    }
    // While lines are dropped no single one slips through: the place of the gap would be unclear.
    boolean isTaken = message.urgent() || dropped == 0;
    if (isTaken && queue.add(record(message), message.urgent(), message.urgent(), nowNanos)) {
      count.taken();
    } else {
      count.dropped();
      dropped++;
      notice();
    }
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
    count = new MessageCount(tellsCount);
    dropped = 0;
  }

  private byte[] record(PipesMessage message) {
    return LineBytes.record(count.line(message));
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
    queue.add(record(warning), false, true, nowNanos);
    count.taken();
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
    IOException fault = queue.diskFault();
    return settings.bufferBytes()
        + " bytes in memory ("
        + PipesConf.BUFFER_BYTES
        + ") and "
        + (fault != null
            ? "the disk (" + fault + ", " + PipesConf.SPILL_DIRECTORY + ")"
            : settings.spillBytes()
                + " bytes on disk in "
                + settings.directory()
                + " ("
                + PipesConf.SPILL_BYTES
                + ")")
        + " are full";
  }
}
