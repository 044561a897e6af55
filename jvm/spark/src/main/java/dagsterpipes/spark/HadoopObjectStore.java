package dagsterpipes.spark;

import dagsterpipes.errors.PipesException;
import dagsterpipes.errors.PipesIoException;
import dagsterpipes.internal.Bounded;
import dagsterpipes.internal.Fault;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.Presence;
import dagsterpipes.store.S3Fault;
import dagsterpipes.store.S3Request;
import dagsterpipes.store.StoreFault;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * One bucket or file system through our own Hadoop {@code FileSystem}, which no other code closes.
 *
 * <p>Thread-safe for different keys, as Hadoop's file systems are. It outlives the SparkContext and
 * Hadoop's shutdown hook; {@link #close} gives its threads and connections back.
 */
final class HadoopObjectStore implements ObjectStore {
  /**
   * Hadoop's own name, as on EMR, where a cluster has given it a file system; else S3A under its
   * own.
   */
  private static final String[] S3_SCHEMES = {"s3", "s3a"};

  /**
   * Schemes in which an object appears when its stream is closed, and a rename would be a copy. In
   * others (HDFS, Azure) a file is visible, and grows, while it is written.
   */
  private static final Set<String> WHOLE_AT_CLOSE =
      Collections.unmodifiableSet(new HashSet<>(Arrays.asList("s3", "s3a", "gs")));

  /** S3A's option; a file system that does not know it ignores it. */
  private static final String IF_NONE_MATCH = "fs.option.create.conditional.overwrite";

  /** Schemes in which {@link #create} is one step; S3A says itself whether it is. */
  private static final Set<String> ATOMIC_CREATE =
      Collections.unmodifiableSet(
          new HashSet<>(Arrays.asList("hdfs", "viewfs", "abfs", "abfss", "gs")));

  private final String sentScheme;
  private final String scheme;
  private final String authority;
  private final FileSystem fileSystem;

  private HadoopObjectStore(
      String sentScheme, String scheme, String authority, FileSystem fileSystem) {
    this.sentScheme = sentScheme;
    this.scheme = scheme;
    this.authority = authority;
    this.fileSystem = fileSystem;
  }

  /** Empty where the scheme has no file system whose class can be loaded. */
  static Optional<ObjectStore> open(String sentScheme, String authority, Configuration conf) {
    String[] schemes = isS3(sentScheme) ? S3_SCHEMES : new String[] {sentScheme};
    for (String scheme : schemes) {
      if (isKnown(scheme, conf)) {
        FileSystem fileSystem = newFileSystem(sentScheme, scheme, authority, conf);
        return Optional.of(new HadoopObjectStore(sentScheme, scheme, authority, fileSystem));
      }
    }
    return Optional.empty();
  }

  private static boolean isS3(String scheme) {
    return scheme.equals("s3");
  }

  private static boolean isKnown(String scheme, Configuration conf) {
    try {
      FileSystem.getFileSystemClass(scheme, conf);
      return true;
    } catch (IOException | RuntimeException e) {
      return false; // no such scheme, or its class is missing
    }
  }

  private static FileSystem newFileSystem(
      String sentScheme, String scheme, String authority, Configuration conf) {
    try {
      return FileSystem.newInstance(path(scheme, authority, "/").toUri(), conf);
    } catch (IOException | RuntimeException e) {
      // A missing bucket and missing credentials come up here where a cluster's settings ask S3A to
      // probe; a host that has no name, here on HDFS.
      String client = "Hadoop (" + conf.get("fs." + scheme + ".impl", scheme) + ")";
      String root = sentScheme + "://" + authority + "/";
      throw isS3(sentScheme)
          ? HadoopFaults.translate(new S3Fault(S3Request.PUT, authority, "", client), e)
          : FileSystemFaults.translate(new StoreFault(StoreFault.Access.WRITE, root, client), e);
    }
  }

  @Override
  public byte[] read(String key, int maxBytes) {
    try (InputStream in = fileSystem.open(path(key))) {
      return Bounded.read(in, maxBytes);
    } catch (IOException | RuntimeException e) {
      throw translate(StoreFault.Access.READ, key, e);
    }
  }

  @Override
  public void write(String key, byte[] body) {
    try {
      Path target = path(key);
      if (WHOLE_AT_CLOSE.contains(scheme)) {
        put(target, body);
        return;
      }
      Path temporary = temporary(target, "");
      put(temporary, body);
      rename(temporary, target);
    } catch (IOException | RuntimeException e) {
      throw translate(StoreFault.Access.WRITE, key, e);
    }
  }

  @Override
  public boolean createsInOneStep() {
    if (!isS3(sentScheme)) {
      return ATOMIC_CREATE.contains(scheme);
    }
    try {
      return fileSystem.hasPathCapability(path("job"), IF_NONE_MATCH);
    } catch (IOException | RuntimeException | LinkageError e) {
      return false;
    }
  }

  /**
   * One step in HDFS and Azure, whose renames replace nothing, in GCS, and in S3A from Hadoop 3.4.2
   * on. Elsewhere the last of several processes wins.
   */
  @Override
  public boolean create(String key, byte[] body) {
    try {
      Path target = path(key);
      if (scheme.equals("gs")) {
        try (OutputStream out = fileSystem.create(target, false)) {
          out.write(body);
        }
        return true;
      }
      if (WHOLE_AT_CLOSE.contains(scheme)) {
        FSDataOutputStreamBuilder<?, ?> builder = fileSystem.createFile(target);
        builder.recursive().overwrite(true);
        builder.opt(IF_NONE_MATCH, "true");
        try (OutputStream out = builder.build()) {
          out.write(body);
        }
        return true;
      }
      // Another process may create the same file.
      Path temporary = temporary(target, "." + UUID.randomUUID());
      put(temporary, body);
      if (fileSystem.rename(temporary, target)) {
        return true;
      }
      fileSystem.delete(temporary, false);
      if (fileSystem.exists(target)) {
        return false;
      }
      throw new IOException("cannot rename " + temporary + " to " + target.getName());
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException | RuntimeException e) {
      if (AwsAnswer.in(e).map(answer -> answer.status == 412).orElse(false)) {
        return false;
      }
      throw translate(StoreFault.Access.WRITE, key, e);
    }
  }

  private static Path temporary(Path target, String writer) {
    return new Path(target.getParent(), "." + target.getName() + writer + ".tmp");
  }

  /** A stream that failed leaves no object, or an old one, behind. */
  private void put(Path path, byte[] body) throws IOException {
    try (OutputStream out = fileSystem.create(path, true)) {
      out.write(body);
    }
  }

  /** Most file systems rename onto nothing that is there already: the same chunk, sent again. */
  private void rename(Path from, Path to) throws IOException {
    if (!fileSystem.rename(from, to)) {
      fileSystem.delete(to, false);
      if (!fileSystem.rename(from, to)) {
        throw new IOException("cannot rename " + from + " to " + to.getName());
      }
    }
  }

  @Override
  public Presence presence(String key) {
    try {
      fileSystem.open(path(key)).close(); // one HEAD with S3A, where getFileStatus lists as well
      return Presence.THERE;
    } catch (FileNotFoundException e) {
      return Presence.ABSENT;
    } catch (IOException | RuntimeException e) {
      RuntimeException fault = translate(StoreFault.Access.READ, key, e);
      if (fault instanceof PipesIoException && ((PipesIoException) fault).retryable()) {
        throw fault;
      }
      boolean absent = AwsAnswer.in(e).map(answer -> answer.status == 404).orElse(false);
      return absent ? Presence.ABSENT : Presence.UNKNOWN;
    }
  }

  @Override
  public String describe(String key) {
    return sentScheme + "://" + authority + "/" + key;
  }

  @Override
  public void close() throws IOException {
    fileSystem.close();
  }

  private Path path(String key) {
    Path path = path(scheme, authority, "/" + key);
    // Hadoop's paths fold "a//b" and "a/../b": the object would land where nobody looks for it.
    if (!path.toUri().getPath().equals("/" + key)) {
      throw Fault.value("key_prefix`, `key` or `uri", "Pipes.open")
          .expected("a name that a Hadoop path can hold", "`" + key + "`", Fault.DAGSTER)
          .todo(
              "Give its reader or injector a prefix without \"//\", \".\" and \"..\" parts and"
                  + " without a slash at either end.")
          .see("s3-store")
          .exception();
    }
    return path;
  }

  private static Path path(String scheme, String authority, String path) {
    return new Path(scheme, authority.isEmpty() ? null : authority, path);
  }

  private RuntimeException translate(StoreFault.Access access, String key, Exception e) {
    if (e instanceof PipesException) {
      return (PipesException) e;
    }
    String client = "Hadoop (" + fileSystem.getClass().getName() + ")";
    if (isS3(sentScheme)) {
      S3Request request = access == StoreFault.Access.READ ? S3Request.GET : S3Request.PUT;
      return HadoopFaults.translate(new S3Fault(request, authority, key, client), e);
    }
    return FileSystemFaults.translate(new StoreFault(access, describe(key), client), e);
  }
}
