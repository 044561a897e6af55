package dagsterpipes.write;

import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;

/** Why a directory took no file, or a file no more bytes, in words for an error. Immutable. */
final class SpillFault {
  private final File directory;
  private final IOException cause;

  SpillFault(File directory, IOException cause) {
    this.directory = directory;
    this.cause = cause;
  }

  IOException cause() {
    return cause;
  }

  /** Whether there is no room now, and may be some later. */
  boolean isFull() {
    String text = text();
    return text.contains("No space left") // Linux, macOS
        || text.contains("quota exceeded")
        || text.contains("not enough space"); // Windows
  }

  /** A clause: {@code there is no such directory}. */
  String reason() {
    if (isFull()) {
      return "the disk is full (" + text() + ")";
    }
    if (!directory.exists()) {
      return "there is no such directory";
    }
    if (!directory.isDirectory()) {
      return "there is a file, and no directory";
    }
    if (cause instanceof AccessDeniedException || text().contains("ermission denied")) {
      return "this process has no right to write";
    }
    if (text().contains("Read-only file system")) {
      return "the file system is read-only";
    }
    return "no file can be written (" + cause + ")";
  }

  private String text() {
    return String.valueOf(cause.getMessage());
  }
}
