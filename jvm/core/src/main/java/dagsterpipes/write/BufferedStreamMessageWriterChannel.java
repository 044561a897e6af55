package dagsterpipes.write;

import dagsterpipes.message.PipesMessage;
import java.io.PrintStream;

/**
 * Keeps all messages and writes them to stdout or stderr together when the session closes; {@code
 * dagster_pipes.PipesBufferedStreamMessageWriterChannel}. Thread-safe.
 */
public final class BufferedStreamMessageWriterChannel implements MessageWriterChannel {
  private final PrintStream stream;
  private final LineNumbers numbers;
  private ChunkBody.InMemory lines = new ChunkBody.InMemory();
  private long waiting;

  /** Writes to {@code stream} when it is closed; the caller keeps the stream. */
  public BufferedStreamMessageWriterChannel(PrintStream stream) {
    this(stream, LineNumbers.none());
  }

  BufferedStreamMessageWriterChannel(PrintStream stream, LineNumbers numbers) {
    this.stream = stream;
    this.numbers = numbers;
  }

  @Override
  public synchronized boolean write(PipesMessage message) {
    NumberedLine line = numbers.line(message);
    lines.append(LineBytes.record(line), waiting == 0 ? 1 : 0); // the first one without a line feed
    numbers.taken(line);
    waiting++;
    return true;
  }

  @Override
  public String identity() {
    return numbers.identity();
  }

  @Override
  public synchronized long waitingMessages() {
    return waiting;
  }

  @Override
  public synchronized void close() {
    if (waiting > 0) {
      lines.append(new byte[] {'\n'}, 0);
      byte[] all = lines.toBytes();
      lines = new ChunkBody.InMemory();
      waiting = 0;
      StreamMessageWriterChannel.print(stream, all, all.length);
    }
  }
}
