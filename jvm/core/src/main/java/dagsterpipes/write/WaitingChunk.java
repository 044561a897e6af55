package dagsterpipes.write;

import java.io.IOException;

/** Lines that will leave together. Not thread-safe. */
final class WaitingChunk {
  private final ChunkBody body;
  private final long oldestNanos;
  private int bytes;
  private int lines;
  private boolean urgent;

  /**
   * @param oldestNanos when its first line came
   */
  WaitingChunk(ChunkBody body, long oldestNanos) {
    this.body = body;
    this.oldestNanos = oldestNanos;
  }

  /**
   * @param record the line with a line feed before it
   */
  void append(byte[] record, boolean isUrgent) throws IOException {
    int from = lines == 0 ? 1 : 0; // a line feed stands between lines only
    body.append(record, from);
    bytes += record.length - from;
    lines++;
    urgent |= isUrgent;
  }

  ChunkBody body() {
    return body;
  }

  boolean isInMemory() {
    return body instanceof ChunkBody.InMemory;
  }

  long oldestNanos() {
    return oldestNanos;
  }

  int bytes() {
    return bytes;
  }

  int lines() {
    return lines;
  }

  boolean urgent() {
    return urgent;
  }
}
