package dagsterpipes.write;

import dagsterpipes.wire.MessageFields;
import java.nio.charset.StandardCharsets;

/**
 * The end of the next line of one producer, {@code ,"n":"k3f9a1x7c2j.123"}} for example: the bytes
 * behind the last value of a message. It counts in its digits, since to divide a number by ten for
 * each digit of each line costs more than all the rest. It allocates nothing after it is made. Not
 * thread-safe.
 */
final class LineTail {
  private static final int MAX_DIGITS = 19;
  private static final byte[] END = {'"', '}'};

  private final byte[] bytes;

  /** The index of the first digit. */
  private final int first;

  private int length;

  /**
   * @param producer token, session and producer
   */
  LineTail(String producer) {
    byte[] key =
        (",\"" + MessageFields.IDENTITY + "\":\"" + producer + ".")
            .getBytes(StandardCharsets.US_ASCII);
    first = key.length;
    bytes = new byte[first + MAX_DIGITS + END.length];
    System.arraycopy(key, 0, bytes, 0, first);
    reset();
  }

  /** Valid up to {@link #length}, until {@link #next}. */
  byte[] array() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** Counts on to the next number. */
  void next() {
    int at = length - END.length - 1;
    while (at >= first && bytes[at] == '9') {
      bytes[at--] = '0';
    }
    if (at >= first) {
      bytes[at]++;
    } else {
      bytes[first] = '1';
      System.arraycopy(END, 0, bytes, length - END.length + 1, END.length);
      bytes[length - END.length] = '0';
      length++;
    }
  }

  /** Begins with 1 again. */
  void reset() {
    bytes[first] = '1';
    System.arraycopy(END, 0, bytes, first + 1, END.length);
    length = first + 1 + END.length;
  }
}
