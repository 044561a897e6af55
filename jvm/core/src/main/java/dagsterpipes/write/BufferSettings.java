package dagsterpipes.write;

import dagsterpipes.params.ConfNumbers;
import dagsterpipes.wire.PipesConf;
import java.io.File;

/** How much may wait for a store that does not take messages: in memory, then on local disk. */
final class BufferSettings {
  static final long BUFFER_BYTES = 8L << 20;
  static final long SPILL_BYTES = 1L << 30;

  private static final long LEAST_BUFFER_BYTES = 4096;

  private final long bufferBytes;
  private final long spillBytes;
  private final File directory;

  /**
   * @param bufferBytes what waits in memory, besides the chunk that is being uploaded
   * @param spillBytes what waits on disk after that; 0: nothing
   * @param directory where; null: {@code java.io.tmpdir}
   */
  BufferSettings(long bufferBytes, long spillBytes, File directory) {
    this.bufferBytes = bufferBytes;
    this.spillBytes = spillBytes;
    this.directory =
        directory != null ? directory : new File(System.getProperty("java.io.tmpdir", "."));
  }

  static BufferSettings defaults() {
    return new BufferSettings(BUFFER_BYTES, SPILL_BYTES, null);
  }

  /** From the system properties of {@link PipesConf}. */
  static BufferSettings ofProcess() {
    Long buffer = ConfNumbers.bytes(PipesConf.BUFFER_BYTES, LEAST_BUFFER_BYTES);
    Long spill = ConfNumbers.bytes(PipesConf.SPILL_BYTES, 0);
    String directory = System.getProperty(PipesConf.SPILL_DIRECTORY, "");
    return new BufferSettings(
        buffer != null ? buffer : BUFFER_BYTES,
        spill != null ? spill : SPILL_BYTES,
        directory.isEmpty() ? null : new File(directory));
  }

  long bufferBytes() {
    return bufferBytes;
  }

  long spillBytes() {
    return spillBytes;
  }

  File directory() {
    return directory;
  }
}
