package dagsterpipes.internal;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Files and folders that only their owner can read, because messages can hold data. Python's
 * partner is {@code stores/owner_files.py}.
 *
 * <p>In a folder with the setgid bit, what is made belongs to the folder's group, and the group can
 * read it: two users share such a folder. The umask still applies. A file system without POSIX
 * permissions has its own rules. All methods are thread-safe.
 */
public final class OwnerFiles {
  private static final int SETGID = 02000;

  private OwnerFiles() {}

  /**
   * Opens a file for writing, and makes it where there is none. It never has another mode.
   *
   * @throws IOException if it cannot be opened
   */
  public static FileOutputStream open(File file, boolean append) throws IOException {
    if (!file.exists()) {
      make(file);
    }
    return new FileOutputStream(file, append);
  }

  /**
   * Makes a folder, and those above it that do not exist.
   *
   * @throws IOException if one of them cannot be made, or is a file
   */
  public static void makeFolders(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.getParent();
    if (parent != null) {
      makeFolders(parent);
    }
    try {
      makeFolder(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) { // Another thread or process may have been faster.
        throw e;
      }
    }
  }

  private static void makeFolder(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, mode(folder, "rwx------", "rwxrwx---"));
    } catch (UnsupportedOperationException e) {
      Files.createDirectory(folder);
    }
  }

  private static void make(File file) {
    try {
      Path path = file.toPath();
      Files.createFile(path, mode(path, "rw-------", "rw-rw----"));
    } catch (IOException | UnsupportedOperationException | InvalidPathException e) {
      // The stream that opens the file next says why it cannot be opened, or makes it by the
      // system's rules.
    }
  }

  private static FileAttribute<?> mode(Path path, String owner, String ownerAndGroup) {
    boolean isShared = isSetgid(path.toAbsolutePath().getParent());
    return PosixFilePermissions.asFileAttribute(
        PosixFilePermissions.fromString(isShared ? ownerAndGroup : owner));
  }

  private static boolean isSetgid(Path folder) {
    try {
      return folder != null && ((Integer) Files.getAttribute(folder, "unix:mode") & SETGID) != 0;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }
}
