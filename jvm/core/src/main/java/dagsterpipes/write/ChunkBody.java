package dagsterpipes.write;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Where the bytes of a growing chunk are. Not thread-safe. */
interface ChunkBody {
  /** All of them or none: what fails leaves the body as it was. */
  void append(byte[] bytes, int offset) throws IOException;

  /** A copy. */
  byte[] toBytes() throws IOException;

  /** Gives the place back; the body is not used afterwards. */
  void release();

  /**
   * On the heap, in segments: one array that doubles would hold up to twice of what is in it, and
   * G1 rounds each of the larger ones up to whole regions.
   */
  final class InMemory implements ChunkBody {
    private static final int FIRST_SEGMENT_BYTES = 1 << 10;
    private static final int MAX_SEGMENT_BYTES = 1 << 16;

    private final List<byte[]> segments = new ArrayList<>();
    private int bytes;

    /** How much of the last segment is in use. */
    private int used;

    @Override
    public void append(byte[] more, int offset) {
      int length = more.length - offset;
      byte[] last = segments.isEmpty() ? null : segments.get(segments.size() - 1);
      int room = last == null ? 0 : Math.min(length, last.length - used);
      byte[] next = null;
      if (length > room) {
        // Before anything is copied: there may be no memory for it.
        next = new byte[Math.max(length - room, segmentBytes())];
        segments.add(next);
      }
      if (room > 0) {
        System.arraycopy(more, offset, last, used, room);
      }
      used += room;
      if (next != null) {
        used = length - room;
        System.arraycopy(more, offset + room, next, 0, used);
      }
      bytes += length;
    }

    private int segmentBytes() {
      return Math.max(FIRST_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, bytes));
    }

    @Override
    public byte[] toBytes() {
      byte[] all = new byte[bytes];
      int at = 0;
      for (byte[] segment : segments) {
        int part = Math.min(segment.length, bytes - at);
        System.arraycopy(segment, 0, all, at, part);
        at += part;
      }
      return all;
    }

    @Override
    public void release() {}
  }
}
