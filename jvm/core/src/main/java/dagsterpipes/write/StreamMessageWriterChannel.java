package dagsterpipes.write;

import dagsterpipes.internal.Fault;
import dagsterpipes.message.PipesMessage;
import java.io.PrintStream;

/**
 * Writes one line a message to stdout or stderr at once; {@code
 * dagster_pipes.PipesStreamMessageWriterChannel}.
 *
 * <p>One write and one flush for each message, under the stream's own lock: the job's println of
 * other threads cannot get into a line. Closing leaves the stream open. Thread-safe.
 */
public final class StreamMessageWriterChannel implements MessageWriterChannel {
  private final PrintStream stream;
  private final LineNumbers numbers;
  private final LineBytes line = new LineBytes();

  /** Writes to {@code stream}, which the caller keeps and closes. */
  public StreamMessageWriterChannel(PrintStream stream) {
    this(stream, LineNumbers.none());
  }

  StreamMessageWriterChannel(PrintStream stream, LineNumbers numbers) {
    this.stream = stream;
    this.numbers = numbers;
  }

  @Override
  public boolean write(PipesMessage message) {
    synchronized (stream) {
      NumberedLine numbered = numbers.line(message);
      line.set(numbered);
      print(stream, line.array(), line.length());
      numbers.taken(numbered);
      return true;
    }
  }

  @Override
  public String identity() {
    return numbers.identity();
  }

  @Override
  public void close() {
    stream.flush();
  }

  static void print(PrintStream stream, byte[] bytes, int length) {
    boolean broken;
    synchronized (stream) {
      stream.write(bytes, 0, length);
      broken = stream.checkError(); // flushes; a PrintStream never throws, it only remembers
    }
    if (broken) {
      throw Fault.value("stdio", "Pipes.open")
          .expected(
              "a stream that takes the message", "a stream that is closed or broken", Fault.DAGSTER)
          .todo(
              "Keep stdout and stderr open to the end of the job, and the process that reads them"
                  + " running.")
          .see("message-channel")
          .io(false, null);
    }
  }
}
