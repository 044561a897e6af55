package dagsterpipes.write;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.OwnerFiles;
import dagsterpipes.message.PipesMessage;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Appends one line a message to a file; the reader follows it. {@code
 * dagster_pipes.PipesFileMessageWriterChannel}.
 *
 * <p>Opened once, in append mode, with one write call for each message, so that lines of other
 * processes that append to the same file stay whole as well. A message is with the kernel when the
 * call returns. A file that was removed is made again by the next report, and by log lines within
 * 20 ms; only its owner can read it. Thread-safe.
 */
public final class FileMessageWriterChannel implements MessageWriterChannel {
  /** To check that the file exists costs as much as a line: log lines share one check. */
  private static final long LOOK_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final File file;
  private final LineNumbers numbers;
  private final LineBytes line = new LineBytes();
  // Not a FileChannel: that one closes itself permanently when the writing thread is interrupted,
  // and Spark interrupts. Null where the next write has to open it.
  private FileOutputStream out;
  private long lookedNanos;
  private boolean closed;

  /**
   * Opens the file, and makes it where there is none.
   *
   * @throws PipesIoException when the file cannot be opened for appending
   */
  public FileMessageWriterChannel(String path) {
    this(path, LineNumbers.none());
  }

  FileMessageWriterChannel(String path, LineNumbers numbers) {
    this.numbers = numbers;
    file = new File(path);
    out = open();
    lookedNanos = System.nanoTime() - LOOK_INTERVAL_NANOS;
  }

  @Override
  public synchronized boolean write(PipesMessage message) {
    if (closed) {
      throw ClosedChannel.refuses(message);
    }
    NumberedLine numbered = numbers.line(message);
    line.set(numbered);
    try {
      if (isToLook(message) && !file.exists()) {
        // The file was removed: a write into it would be lost silently, a new file may still be
        // read.
        closeFile();
      }
      if (out == null) {
        out = open();
      }
      out.write(line.array(), 0, line.length());
      numbers.taken(numbered);
      return true;
    } catch (IOException e) {
      throw fault("a file that takes the message", e);
    }
  }

  @Override
  public String identity() {
    return numbers.identity();
  }

  @Override
  public synchronized void close() {
    closed = true;
    try {
      closeFile();
    } catch (IOException e) {
      throw fault("a file that can be closed", e);
    }
  }

  private boolean isToLook(PipesMessage message) {
    long now = System.nanoTime();
    boolean due = message.urgent() || now - lookedNanos >= LOOK_INTERVAL_NANOS;
    if (due) {
      lookedNanos = now;
    }
    return due;
  }

  private void closeFile() throws IOException {
    FileOutputStream old = out;
    out = null; // first: a stream that fails to close is not written to either
    if (old != null) {
      old.close();
    }
  }

  private FileOutputStream open() {
    try {
      return OwnerFiles.open(file, true);
    } catch (IOException e) {
      throw fault("a file that this process can append to", e);
    }
  }

  private PipesIoException fault(String expected, IOException cause) {
    return Fault.value("path", "Pipes.open")
        .expected(expected, String.valueOf(cause.getMessage()), Fault.DAGSTER)
        .todo(
            "The file is on the machine that runs Dagster: a process on another machine needs a"
                + " message reader that both reach, S3 for example.")
        .see("message-channel")
        .io(false, cause);
  }
}
