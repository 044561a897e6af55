package dagsterpipes.write;

/**
 * The bytes of one message line at a time, in an array that is used again: a log line costs no
 * copies that the garbage collector has to take away. Not thread-safe: the channel holds its lock.
 */
final class LineBytes {
  /** A longer line gets an array of its own: one of megabytes must not stay. */
  private static final int MAX_KEPT_BYTES = 1 << 16;

  private byte[] kept = new byte[512];
  private byte[] bytes = kept;
  private int length;

  /** Takes {@code line} with a line feed behind it. */
  void set(NumberedLine line) {
    length = line.length() + 1;
    if (length > MAX_KEPT_BYTES) {
      bytes = new byte[length];
    } else {
      if (length > kept.length) {
        kept = new byte[Math.min(MAX_KEPT_BYTES, 2 * length)];
      }
      bytes = kept;
    }
    line.copy(bytes, 0);
    bytes[length - 1] = '\n';
  }

  /** Valid up to {@link #length}, until the next {@link #set}. */
  byte[] array() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** {@code line} with a line feed before it, in an array of its own. */
  static byte[] record(NumberedLine line) {
    byte[] record = new byte[line.length() + 1];
    record[0] = '\n';
    line.copy(record, 1);
    return record;
  }
}
