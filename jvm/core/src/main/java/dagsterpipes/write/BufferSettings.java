package dagsterpipes.write;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
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

  /**
   * From the system properties of {@link PipesConf}. A directory that takes no file is noticed
   * here, and not when the first message needs it.
   *
   * @throws PipesException for a directory that is set and cannot be used. If it only has no room
   *     now, or if it is not set, a notice on stderr says it.
   */
  static BufferSettings ofProcess() {
    Long buffer = ConfNumbers.bytes(PipesConf.BUFFER_BYTES, LEAST_BUFFER_BYTES);
    Long spill = ConfNumbers.bytes(PipesConf.SPILL_BYTES, 0);
    String directory = System.getProperty(PipesConf.SPILL_DIRECTORY, "");
    BufferSettings settings =
        new BufferSettings(
            buffer != null ? buffer : BUFFER_BYTES,
            spill != null ? spill : SPILL_BYTES,
            directory.isEmpty() ? null : new File(directory));
    if (settings.spillBytes > 0) {
      settings.checkDirectory(!directory.isEmpty());
    }
    return settings;
  }

  private void checkDirectory(boolean isSet) {
    SpillFault fault = SpillFile.tryOut(directory);
    if (fault == null) {
      return;
    }
    if (isSet && !fault.isFull()) {
      throw Fault.value(PipesConf.SPILL_DIRECTORY, "Pipes.open")
          .expected(
              "a directory in which this process can write files",
              "`" + directory + "`, where " + fault.reason(),
              "set by --conf or -D")
          .todo(
              "Name such a directory, or leave the key out: java.io.tmpdir is used then. "
                  + PipesConf.SPILL_BYTES
                  + "=0 uses no disk.")
          .see("message-channel")
          .exception(fault.cause());
    }
    Stderr.notice(
        "messages that memory does not hold cannot wait in "
            + directory
            + " now: "
            + fault.reason()
            + ". If the message store does not take "
            + bufferBytes
            + " bytes in time, log lines are dropped. Name another directory with "
            + PipesConf.SPILL_DIRECTORY
            + ". "
            + Troubleshooting.see("message-channel"));
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
