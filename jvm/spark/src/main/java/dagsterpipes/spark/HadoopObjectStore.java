package dagsterpipes.spark;

import dagsterpipes.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.S3Fault;
import dagsterpipes.store.S3Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * One bucket through a Hadoop FileSystem of our own, which nobody else closes.
 *
 * <p>Thread-safe, as Hadoop's file systems are. It outlives the SparkContext and Hadoop's shutdown
 * hook; {@link #close} gives its threads and connections back.
 */
final class HadoopObjectStore implements ObjectStore {
  /**
   * Hadoop's own name, as on EMR, where a cluster has given it a file system; else S3A under its
   * own.
   */
  private static final String[] SCHEMES = {"s3", "s3a"};

  private final String bucket;
  private final String scheme;
  private final FileSystem fileSystem;

  private HadoopObjectStore(String bucket, String scheme, FileSystem fileSystem) {
    this.bucket = bucket;
    this.scheme = scheme;
    this.fileSystem = fileSystem;
  }

  /** Empty where neither scheme has a file system whose class can be loaded. */
  static Optional<ObjectStore> open(String bucket, Configuration conf) {
    for (String scheme : SCHEMES) {
      String implementation = conf.getTrimmed("fs." + scheme + ".impl", "");
      // By the configuration's loader, as Hadoop itself will load it.
      if (!implementation.isEmpty() && conf.getClassByNameOrNull(implementation) != null) {
        return Optional.of(
            new HadoopObjectStore(bucket, scheme, newFileSystem(scheme, bucket, conf)));
      }
    }
    return Optional.empty();
  }

  private static FileSystem newFileSystem(String scheme, String bucket, Configuration conf) {
    URI root = URI.create(scheme + "://" + bucket);
    try {
      return FileSystem.newInstance(root, conf);
    } catch (IOException | RuntimeException e) {
      // A missing bucket and missing credentials come up here where a cluster's settings ask S3A to
      // probe.
      S3Fault fault =
          new S3Fault(
              S3Request.PUT, bucket, "", "Hadoop (" + conf.get("fs." + scheme + ".impl") + ")");
      throw HadoopFaults.translate(fault, e);
    }
  }

  @Override
  public byte[] read(String key) {
    try (InputStream in = fileSystem.open(path(key))) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        body.write(buffer, 0, n);
      }
      return body.toByteArray();
    } catch (IOException | RuntimeException e) {
      throw translate(S3Request.GET, key, e);
    }
  }

  @Override
  public void write(String key, byte[] body) {
    // The object appears whole when the stream is closed; a stream that failed leaves none, or an
    // old one, behind.
    try (OutputStream out = fileSystem.create(path(key), true)) {
      out.write(body);
    } catch (IOException | RuntimeException e) {
      throw translate(S3Request.PUT, key, e);
    }
  }

  @Override
  public String describe(String key) {
    return "s3://" + bucket + "/" + key;
  }

  @Override
  public void close() throws IOException {
    fileSystem.close();
  }

  private Path path(String key) {
    Path path = new Path(scheme, bucket, "/" + key);
    // Hadoop's paths fold "a//b" and "a/../b": the object would land where nobody looks for it.
    if (!path.toUri().getPath().equals("/" + key)) {
      throw Fault.value("key_prefix` or `key", "Pipes.open")
          .expected("a name that a Hadoop path can hold", "`" + key + "`", Fault.DAGSTER)
          .todo(
              "Give its reader or injector a prefix without \"//\", \".\" and \"..\" parts and"
                  + " without a slash at either end.")
          .see("s3-store")
          .exception();
    }
    return path;
  }

  private RuntimeException translate(S3Request request, String key, Exception e) {
    if (e instanceof PipesException) {
      return (PipesException) e;
    }
    String client = "Hadoop (" + fileSystem.getClass().getName() + ")";
    return HadoopFaults.translate(new S3Fault(request, bucket, key, client), e);
  }
}
