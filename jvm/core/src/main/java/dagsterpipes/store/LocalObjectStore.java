package dagsterpipes.store;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.internal.Bounded;
import dagsterpipes.internal.OwnerFiles;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * The files of this machine, mounts among them: NFS, EFS, {@code /dbfs}, {@code /Volumes}. Needs
 * only the JDK. Keys are absolute paths without their first slash.
 *
 * <p>A file is written under a temporary name beside its own and renamed: a reader that polls for
 * it finds it whole. Only its owner can read it, see {@link OwnerFiles}. Thread-safe for different
 * keys.
 */
final class LocalObjectStore implements ObjectStore {
  @Override
  public byte[] read(String key, int maxBytes) {
    try (InputStream in = Files.newInputStream(file(key).toPath())) {
      return Bounded.read(in, maxBytes);
    } catch (IOException e) {
      throw translate(StoreFault.Access.READ, key, e);
    }
  }

  @Override
  public void write(String key, byte[] body) {
    File target = file(key);
    File temporary = temporary(target, "");
    try {
      put(temporary, body);
      rename(temporary.toPath(), target.toPath());
    } catch (IOException e) {
      temporary.delete();
      throw translate(StoreFault.Access.WRITE, key, e);
    }
  }

  @Override
  public boolean create(String key, byte[] body) {
    File target = file(key);
    // Another process may create the same file.
    File temporary = temporary(target, "." + UUID.randomUUID());
    try {
      put(temporary, body);
      Files.createLink(target.toPath(), temporary.toPath());
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException | IOException e) {
      // A mount without hard links.
      if (target.exists()) {
        return false;
      }
      write(key, body);
      return true;
    } finally {
      temporary.delete();
    }
  }

  private static File temporary(File target, String writer) {
    return new File(target.getParentFile(), "." + target.getName() + writer + ".tmp");
  }

  private static void put(File file, byte[] body) throws IOException {
    OwnerFiles.makeFolders(file.getParentFile().toPath());
    // Not a channel of java.nio: an interrupted thread could write nothing, and Spark interrupts.
    try (FileOutputStream out = OwnerFiles.open(file, false)) {
      out.write(body);
    }
  }

  @Override
  public Presence presence(String key) {
    return file(key).exists() ? Presence.THERE : Presence.ABSENT;
  }

  @Override
  public String describe(String key) {
    return "file:///" + key;
  }

  @Override
  public void close() {}

  private static void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** A file of java.io, which takes Windows' {@code /C:/folder} as well. */
  private static File file(String key) {
    return new File("/" + key);
  }

  private PipesIoException translate(StoreFault.Access access, String key, IOException e) {
    StoreFault fault = new StoreFault(access, describe(key), "the file system of this machine");
    // FileOutputStream has one exception for all errors; its text has the system's message.
    String text = String.valueOf(e.getMessage());
    if (e instanceof AccessDeniedException
        || text.contains("Permission denied")
        || text.contains("Read-only file system")) {
      return fault.denied(e);
    }
    if (text.contains("No space left") || text.contains("quota exceeded")) {
      return fault.full(e);
    }
    if (e instanceof NoSuchFileException) {
      return fault.missing(e);
    }
    // A stale handle of NFS, or a mount that hangs: these pass.
    return fault.failed(true, e);
  }
}
