package dagsterpipes.context;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.json.Json;
import dagsterpipes.params.ParamCodec;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.PatientRead;
import dagsterpipes.store.StoreUri;
import dagsterpipes.wire.ContextParams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A context that lies somewhere as JSON, and what is wrong with it where it is none. */
final class StoredContext {
  private StoredContext() {}

  /**
   * @param place names the store; what of it is the key is up to the caller
   */
  static ContextData load(StoreUri place, String key) {
    try (ObjectStore store = place.open()) {
      // One byte more tells that there is more.
      byte[] json = PatientRead.read(store, key, ContextParams.MAX_JSON_BYTES + 1);
      return parse(json, store.describe(key));
    } catch (PipesException e) {
      throw e;
    } catch (IOException e) {
      // Closing failed after the context was read, or the store broke its own contract.
      throw Fault.says(
              "Cannot read " + place.scheme() + "://" + place.authority() + "/" + key + ".")
          .expected("a store that can be read and closed", e.toString(), Fault.DAGSTER)
          .todo("Run it again.")
          .see("stores")
          .io(true, e);
    }
  }

  /**
   * @throws PipesException for no context, or more than {@link ContextParams#MAX_JSON_BYTES}
   */
  static ContextData parse(byte[] json, String where) {
    if (json.length > ContextParams.MAX_JSON_BYTES) {
      throw ParamCodec.tooLarge("`" + where + "`");
    }
    try {
      Object value = Json.read(new String(json, StandardCharsets.UTF_8));
      return ofObject(value, "context", "in `" + where + "`");
    } catch (Json.Malformed e) {
      throw notContext("context", e.found(), "in `" + where + "`", e);
    }
  }

  /**
   * @param name the parameter that is at fault where {@code value} is no object
   */
  @SuppressWarnings("unchecked")
  static ContextData ofObject(Object value, String name, String where) {
    if (value instanceof Map) {
      return ContextData.of((Map<String, Object>) value);
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
}
