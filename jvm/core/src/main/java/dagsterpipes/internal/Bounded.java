package dagsterpipes.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

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
    return read(in, maxBytes, null);
  }

  /**
   * The same within a time. A sender of single bytes could otherwise hold the caller for hours,
   * because each byte is in time for the socket.
   *
   * @param timeout looked at between two reads; null: no limit
   * @throws IOException from the stream, or because the time has expired
   */
  public static byte[] read(InputStream in, int maxBytes, Duration timeout) throws IOException {
    long began = System.nanoTime();
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
      if (timeout != null && System.nanoTime() - began > timeout.toNanos()) {
        throw new IOException(
            "the body did not arrive in "
                + timeout.toMillis()
                + " ms, only "
                + body.size()
                + " bytes");
      }
    }
    return body.toByteArray();
  }
}
