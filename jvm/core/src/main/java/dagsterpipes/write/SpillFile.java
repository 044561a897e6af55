package dagsterpipes.write;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file for messages that memory does not hold. Only its owner can read it, and nobody finds it:
 * messages can hold data. Not thread-safe.
 *
 * <p>Where the system allows it (not on Windows) its name is removed as soon as it is open, so that
 * nothing is left behind even by a process that is killed.
 */
final class SpillFile implements Closeable {
  /** A block of a file system: an empty file fits on a full disk. */
  private static final int PROBE_BYTES = 4096;

  // Not a FileChannel: that one closes itself permanently when the writing thread is interrupted,
  // and Spark interrupts.
  private final RandomAccessFile file;
  // Null where the name is gone already.
  private final File named;
  private long length;

  private SpillFile(RandomAccessFile file, File named) {
    this.file = file;
    this.named = named;
  }

  static SpillFile create(File directory) throws IOException {
    Path path = Files.createTempFile(directory.toPath(), "dagster-pipes-", ".spill"); // mode 600
    RandomAccessFile file;
    try {
      file = new RandomAccessFile(path.toFile(), "rw");
    } catch (IOException e) {
      Files.deleteIfExists(path);
      throw e;
    }
    try {
      Files.delete(path);
      return new SpillFile(file, null);
    } catch (IOException e) {
      path.toFile().deleteOnExit();
      return new SpillFile(file, path.toFile());
    }
  }

  /**
   * Writes and forgets a file, to see whether messages could wait there.
   *
   * @return null if they could
   */
  static SpillFault tryOut(File directory) {
    try (SpillFile file = create(directory)) {
      file.append(new byte[PROBE_BYTES], 0);
      return null;
    } catch (IOException e) {
      return new SpillFault(directory, e);
    } catch (RuntimeException e) {
      return new SpillFault(directory, new IOException(e)); // such as a path that is invalid
    }
  }

  long length() {
    return length;
  }

  /** Part of the bytes may be there after a failure; the next append overwrites them. */
  void append(byte[] bytes, int offset) throws IOException {
    file.seek(length);
    file.write(bytes, offset, bytes.length - offset);
    length += bytes.length - offset;
  }

  byte[] read(long position, int count) throws IOException {
    byte[] bytes = new byte[count];
    file.seek(position);
    file.readFully(bytes);
    return bytes;
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      // Nobody reads it again.
    }
    if (named != null) {
      named.delete();
    }
  }
}
