package dagsterpipes.write;

import dagsterpipes.internal.Stderr;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Lines that wait for their upload, in order, cut into chunks as they come: in memory first, then
 * on local disk. Not thread-safe: the channel holds its lock.
 *
 * <p>What is in memory and what is on disk may alternate; the order is that of the chunks. Lines
 * that must be kept find room in memory beyond its limit where the disk takes nothing more.
 */
final class ChunkQueue implements Closeable {
  /**
   * A little less than 2 MiB: with its header it fills whole G1 regions. A single longer line is a
   * chunk of its own.
   */
  static final int MAX_CHUNK_BYTES = (2 << 20) - 64;

  private final BufferSettings settings;
  private final Deque<WaitingChunk> chunks = new ArrayDeque<>();
  private final Spill spill;
  private long memoryBytes;

  ChunkQueue(BufferSettings settings) {
    this.settings = settings;
    this.spill = new Spill(settings.spillBytes(), settings.directory());
  }

  /**
   * @param record the line with a line feed before it
   * @param keep whether it must find room
   * @param nowNanos {@link System#nanoTime}
   * @return false where there is no room for it
   */
  boolean add(byte[] record, boolean urgent, boolean keep, long nowNanos) {
    WaitingChunk last = chunks.peekLast();
    if (last != null && last.bytes() + record.length > MAX_CHUNK_BYTES) {
      last = null;
    }
    boolean memory = memoryBytes + record.length <= settings.bufferBytes();
    if (last != null && last.isInMemory() && memory) {
      return inMemory(last, record, urgent);
    }
    if (last != null && !last.isInMemory() && onDisk(last, record, urgent)) {
      return true;
    }
    if (memory) {
      return inMemory(begin(new ChunkBody.InMemory(), nowNanos), record, urgent);
    }
    if (spill.hasRoom(record.length) && beginOnDisk(record, urgent, nowNanos)) {
      return true;
    }
    if (keep) {
      boolean fits = last != null && last.isInMemory();
      return inMemory(fits ? last : begin(new ChunkBody.InMemory(), nowNanos), record, urgent);
    }
    return false;
  }

  /** Whether so little is in memory that a good number of lines will find room. */
  boolean hasRecovered() {
    return memoryBytes <= settings.bufferBytes() / 2;
  }

  /** Why the disk takes nothing more: a fault of its own, or null where its limit is reached. */
  SpillFault diskFault() {
    return spill.lastFault();
  }

  int chunks() {
    return chunks.size();
  }

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  /** Whether the first chunk has nothing to wait for: it is full, or holds an urgent line. */
  boolean firstIsReady() {
    return chunks.size() > 1 || chunks.peekFirst().urgent();
  }

  /** When the oldest line came; of a queue that is not empty. */
  long oldestNanos() {
    return chunks.peekFirst().oldestNanos();
  }

  /**
   * Takes the first chunk out. Where memory is short it throws and takes nothing.
   *
   * @throws UnreadableException where the disk has lost it; it is out of the queue then
   */
  Chunk take() throws UnreadableException {
    WaitingChunk first = chunks.peekFirst();
    byte[] bytes = null;
    IOException fault = null;
    try {
      bytes = first.body().toBytes();
    } catch (IOException e) {
      fault = e;
    }
    chunks.removeFirst();
    if (first.isInMemory()) {
      memoryBytes -= first.bytes();
    }
    first.body().release();
    if (fault != null) {
      throw new UnreadableException(first.lines(), fault);
    }
    return new Chunk(bytes, first.lines());
  }

  /**
   * Takes the first chunk out. Null, and a notice on stderr, where the disk has lost it; the reader
   * misses the numbers of its lines.
   */
  Chunk takeOrTell() {
    try {
      return take();
    } catch (UnreadableException e) {
      Stderr.notice(
          e.lines
              + " message(s) that waited on local disk cannot be read again and are lost: "
              + e.getCause());
      return null;
    }
  }

  /** How many lines wait. */
  long lines() {
    long lines = 0;
    for (WaitingChunk chunk : chunks) {
      lines += chunk.lines();
    }
    return lines;
  }

  /** Forgets what waits and removes the files. */
  @Override
  public void close() {
    chunks.clear();
    memoryBytes = 0;
    spill.close();
  }

  private WaitingChunk begin(ChunkBody body, long nowNanos) {
    WaitingChunk chunk = new WaitingChunk(body, nowNanos);
    chunks.addLast(chunk);
    return chunk;
  }

  private boolean inMemory(WaitingChunk chunk, byte[] record, boolean urgent) {
    int before = chunk.bytes();
    try {
      chunk.append(record, urgent);
    } catch (IOException e) {
      throw new AssertionError(e); // memory has none
    } finally {
      if (chunk.lines() == 0) {
        chunks.removeLast(); // no memory for its first line
      }
    }
    memoryBytes += chunk.bytes() - before;
    return true;
  }

  private boolean onDisk(WaitingChunk chunk, byte[] record, boolean urgent) {
    if (!spill.hasRoom(record.length)) {
      return false;
    }
    try {
      chunk.append(record, urgent);
      return true;
    } catch (IOException e) {
      return false; // told by diskFault
    }
  }

  private boolean beginOnDisk(byte[] record, boolean urgent, long nowNanos) {
    ChunkBody body;
    try {
      body = spill.newBody();
    } catch (IOException e) {
      return false;
    }
    WaitingChunk chunk = new WaitingChunk(body, nowNanos);
    if (!onDisk(chunk, record, urgent)) {
      body.release();
      return false;
    }
    chunks.addLast(chunk);
    return true;
  }

  /** Lines that went to the disk and did not come back. */
  static final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    final int lines;

    UnreadableException(int lines, IOException cause) {
      super(cause);
      this.lines = lines;
    }
  }
}
