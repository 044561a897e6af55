package dagsterpipes.context;

import dagsterpipes.PipesException;
import dagsterpipes.PipesIoException;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.Json;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.ObjectStores;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Paths;
import java.util.Map;

/**
 * Loads the context from wherever the parameters point: a file ({@code path}), the parameters
 * themselves ({@code data}), or an object on S3 ({@code bucket} and {@code key}), looked for in
 * this order.
 *
 * <p>Partners on Dagster's side: PipesTempFileContextInjector, PipesEnvContextInjector,
 * PipesS3ContextInjector.
 */
public final class DefaultContextLoader implements ContextLoader {
  @Override
  public ContextData load(Map<String, Object> params) {
    if (params.containsKey("path")) {
      String path = string(params, "path");
      return parse(file(path), path);
    }
    if (params.containsKey("data")) {
      return ContextData.of(object(params.get("data"), "data", "in the parameter itself"));
    }
    if (params.containsKey("bucket")) {
      return stored(string(params, "bucket"), string(params, "key"));
    }
    throw Fault.says("Invalid params for `DefaultContextLoader`, a parameter of `Pipes.open`.")
        .expected(
            "key `path`, `data` or `bucket` with `key`",
            "the keys " + params.keySet(),
            Fault.DAGSTER)
        .todo(
            "The orchestration side's context injector may expect another context loader: pass it"
                + " with Pipes.builder().contextLoader(...).")
        .see("context")
        .exception();
  }

  private static byte[] file(String path) {
    try {
      return Files.readAllBytes(Paths.get(path));
    } catch (NoSuchFileException | InvalidPathException e) {
      throw unreadable(path, "no such file", e);
    } catch (IOException e) {
      throw unreadable(path, e.toString(), e);
    }
  }

  private static PipesIoException unreadable(String path, String got, Exception cause) {
    return Fault.value("path", "Pipes.open")
        .expected(
            "a context file that this process can read", got + " at `" + path + "`", Fault.DAGSTER)
        .todo(
            "The file is on the machine that runs Dagster: a process on another machine needs a"
                + " context injector that both reach (S3, or the parameters themselves).")
        .see("context")
        .io(false, cause);
  }

  private static ContextData stored(String bucket, String key) {
    try (ObjectStore store = ObjectStores.open("s3", bucket)) {
      return parse(store.read(key), store.describe(key));
    } catch (PipesException e) {
      throw e;
    } catch (IOException e) {
      // Closing failed after the context was read, or the store broke its own contract.
      throw Fault.value("bucket", "Pipes.open")
          .expected("a store that can be read and closed", e.toString(), Fault.DAGSTER)
          .todo("Run it again.")
          .see("s3-store")
          .io(true, e);
    }
  }

  private static ContextData parse(byte[] json, String where) {
    try {
      Object value = Json.read(new String(json, StandardCharsets.UTF_8));
      return ContextData.of(object(value, "context", "in `" + where + "`"));
    } catch (Json.Malformed e) {
      throw notContext(
          "context", "text that is not JSON (" + e.getMessage() + ")", "in `" + where + "`", e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object value, String name, String where) {
    if (value instanceof Map) {
      return (Map<String, Object>) value;
    }
    throw notContext(name, Fault.typeOf(value), where, null);
  }

  private static PipesException notContext(String name, String got, String where, Throwable cause) {
    return Fault.value(name, "Pipes.open")
        .expected("the context as a JSON object", got + " " + where, Fault.DAGSTER)
        .todo("Let Dagster's context injector write it, and nothing else change it.")
        .see("context")
        .exception(cause);
  }

  private static String string(Map<String, Object> params, String key) {
    Object value = params.get(key);
    if (value instanceof String) {
      return (String) value;
    }
    throw Fault.says(
            "Invalid type for parameter `"
                + key
                + "` passed from orchestration side to `DefaultContextLoader`.")
        .expected("a string", Fault.typeOf(value), Fault.DAGSTER)
        .todo("Look at what the context injector yields.")
        .see("context")
        .exception();
  }
}
