package dagsterpipes.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads that stop at a limit: the sender of the bytes does not decide how much memory they take.
 */
public final class Bounded {
  private Bounded() {}

  /**
   * Reads to the end, or {@code maxBytes} bytes. The stream stays open.
   *
   * @throws IOException from the stream
   */
  public static byte[] read(InputStream in, int maxBytes) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    int left = maxBytes;
    while (left > 0) {
      int count = in.read(buffer, 0, Math.min(left, buffer.length));
      if (count < 0) {
        break;
      }
      body.write(buffer, 0, count);
      left -= count;
    }
    return body.toByteArray();
  }
}
