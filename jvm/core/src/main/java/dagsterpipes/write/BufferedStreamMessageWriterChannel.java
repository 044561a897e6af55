package dagsterpipes.write;

import dagsterpipes.message.PipesMessage;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps all messages and writes them to stdout or stderr together when the session closes; {@code
 * dagster_pipes.PipesBufferedStreamMessageWriterChannel}. Thread-safe.
 */
public final class BufferedStreamMessageWriterChannel implements MessageWriterChannel {
  private final PrintStream stream;
  private final MessageCount count;
  private final List<String> lines = new ArrayList<>();

  /** Writes to {@code stream} when it is closed; the caller keeps the stream. */
  public BufferedStreamMessageWriterChannel(PrintStream stream) {
    this(stream, new MessageCount(false));
  }

  BufferedStreamMessageWriterChannel(PrintStream stream, MessageCount count) {
    this.stream = stream;
    this.count = count;
  }

  @Override
  public synchronized void write(PipesMessage message) {
    lines.add(count.line(message));
    count.taken();
  }

  @Override
  public synchronized long waitingMessages() {
    return lines.size();
  }

  @Override
  public synchronized void close() {
    if (!lines.isEmpty()) {
      LineBytes all = new LineBytes();
      all.set(String.join("\n", lines));
      lines.clear();
      StreamMessageWriterChannel.print(stream, all.array(), all.length());
    }
  }
}
