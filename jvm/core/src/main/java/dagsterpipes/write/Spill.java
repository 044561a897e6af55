package dagsterpipes.write;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * The part of the queue that is on local disk: a row of files, each given back as soon as it is
 * read, so that a job which spills for hours needs no more than the limit. Not thread-safe.
 */
final class Spill implements Closeable {
  private static final int FILES = 16;
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long limitBytes;
  private final File directory;
  private final Deque<Segment> segments = new ArrayDeque<>();
  private SpillFault lastFault;
  private long faultNanos;

  Spill(long limitBytes, File directory) {
    this.limitBytes = limitBytes;
    this.directory = directory;
  }

  /** Within the limit, and not just after the disk refused: a full one is not asked every time. */
  boolean hasRoom(int bytes) {
    if (lastFault != null && System.nanoTime() - faultNanos < RETRY_NANOS) {
      return false;
    }
    long used = 0;
    for (Segment segment : segments) {
      used += segment.file.length();
    }
    return used + bytes <= limitBytes;
  }

  /** Why the disk refused last; null where it did not. */
  SpillFault lastFault() {
    return lastFault;
  }

  /** A body behind everything that is here already; only the newest one may grow. */
  ChunkBody newBody() throws IOException {
    Segment last = segments.peekLast();
    if (last == null || last.file.length() >= limitBytes / FILES) {
      try {
        last = new Segment(SpillFile.create(directory));
      } catch (IOException | RuntimeException e) {
        throw refused(e);
      }
      segments.add(last);
    }
    last.bodies++;
    return new OnDisk(last);
  }

  @Override
  public void close() {
    for (Segment segment : segments) {
      segment.file.close();
    }
    segments.clear();
  }

  private IOException refused(Exception e) {
    IOException cause = e instanceof IOException ? (IOException) e : new IOException(e);
    lastFault = new SpillFault(directory, cause);
    faultNanos = System.nanoTime();
    return cause;
  }

  private static final class Segment {
    final SpillFile file;
    int bodies;

    Segment(SpillFile file) {
      this.file = file;
    }
  }

  private final class OnDisk implements ChunkBody {
    private final Segment segment;
    private final long start;
    private int length;

    OnDisk(Segment segment) {
      this.segment = segment;
      this.start = segment.file.length();
    }

    @Override
    public void append(byte[] bytes, int offset) throws IOException {
      try {
        segment.file.append(bytes, offset);
      } catch (IOException e) {
        throw refused(e);
      }
      length += bytes.length - offset;
      lastFault = null;
    }

    @Override
    public byte[] toBytes() throws IOException {
      return segment.file.read(start, length);
    }

    @Override
    public void release() {
      if (--segment.bodies == 0) {
        segments.remove(segment);
        segment.file.close();
      }
    }
  }
}
