package dagsterpipes.context;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.internal.Bounded;
import dagsterpipes.internal.Fault;
import dagsterpipes.params.SentParams;
import dagsterpipes.store.StoreUri;
import dagsterpipes.wire.ContextParams;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Paths;
import java.util.Map;

/**
 * Loads the context from the place that the parameters name. These are the places, in the order of
 * the search:
 *
 * <ol>
 *   <li>a file ({@code path})
 *   <li>the parameters themselves ({@code data})
 *   <li>an object in a bucket ({@code bucket} and {@code key})
 *   <li>an object under any URI ({@code uri})
 * </ol>
 *
 * <p>A bucket is one of S3 unless {@value dagsterpipes.wire.PipesConf#BUCKET_URI} says otherwise. A
 * URI is a file of this machine ({@code file:}), or anything that a Hadoop {@code FileSystem} can
 * read.
 *
 * <p>Partners on Dagster's side: PipesTempFileContextInjector, PipesEnvContextInjector,
 * PipesS3ContextInjector, and our PipesJvmFilesystemContextInjector.
 */
public final class DefaultContextLoader implements ContextLoader {
  @Override
  public ContextData load(Map<String, Object> params) {
    SentParams sent = SentParams.ofContext(params, this);
    if (sent.has(ContextParams.PATH)) {
      String path = sent.string(ContextParams.PATH);
      return StoredContext.parse(file(path), path);
    }
    if (sent.has(ContextParams.DATA)) {
      return StoredContext.ofObject(
          sent.get(ContextParams.DATA), ContextParams.DATA, "in the parameter itself");
    }
    if (sent.has(ContextParams.BUCKET)) {
      StoreUri bucket = StoreUri.ofBucket(sent.string(ContextParams.BUCKET));
      return StoredContext.load(bucket, bucket.below(sent.string(ContextParams.KEY)));
    }
    if (sent.has(ContextParams.URI)) {
      StoreUri place = StoreUri.parse(sent.string(ContextParams.URI), ContextParams.URI);
      return StoredContext.load(place, place.key());
    }
    throw sent.unknown("key `path`, `data`, `uri`, or `bucket` with `key`");
  }

  private static byte[] file(String path) {
    try (InputStream in = Files.newInputStream(Paths.get(path))) {
      return Bounded.read(in, ContextParams.MAX_JSON_BYTES + 1);
    } catch (NoSuchFileException | InvalidPathException e) {
      throw unreadable(path, "no such file", e);
    } catch (IOException e) {
      throw unreadable(path, e.toString(), e);
    }
  }

  private static PipesIoException unreadable(String path, String got, Exception cause) {
    return Fault.value(ContextParams.PATH, "Pipes.open")
        .expected(
            "a context file that this process can read", got + " at `" + path + "`", Fault.DAGSTER)
        .todo(
            "The file is on the machine that runs Dagster: a process on another machine needs a"
                + " context injector that both reach (S3, or the parameters themselves).")
        .see("context")
        .io(false, cause);
  }
}
