package dagsterpipes.write;

import dagsterpipes.message.PipesMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * Lines that wait for the next chunk, and since when. Not thread-safe: the channel holds its lock.
 */
final class ChunkQueue {
  private List<String> lines = new ArrayList<>();
  private boolean urgent;
  private long oldestNanos;

  void add(PipesMessage message, long nowNanos) {
    if (lines.isEmpty()) {
      oldestNanos = nowNanos;
    }
    lines.add(message.line());
    urgent |= message.urgent();
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  /** Whether a line is among them that should not wait for company. */
  boolean urgent() {
    return urgent;
  }

  /** When the first of them came. */
  long oldestNanos() {
    return oldestNanos;
  }

  List<String> takeAll() {
    List<String> taken = lines;
    lines = new ArrayList<>();
    urgent = false;
    return taken;
  }
}
