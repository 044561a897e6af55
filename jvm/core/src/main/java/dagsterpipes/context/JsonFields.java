package dagsterpipes.context;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Fields of a JSON object with the types they must have; errors give the path: {@code
 * $.partition_key_range.start}.
 */
final class JsonFields {
  private final Map<?, ?> fields;
  private final String path;

  JsonFields(Map<?, ?> fields, String path) {
    this.fields = fields;
    this.path = path;
  }

  boolean isNull(String name) {
    return fields.get(name) == null;
  }

  /** The string there, or null where it is null or absent. */
  String optionalString(String name) {
    return isNull(name) ? null : string(name);
  }

  String string(String name) {
    Object value = fields.get(name);
    if (value instanceof String) {
      return (String) value;
    }
    throw wrong(name, "a string");
  }

  boolean bool(String name) {
    Object value = fields.get(name);
    if (value instanceof Boolean) {
      return (Boolean) value;
    }
    throw wrong(name, "a boolean");
  }

  int wholeNumber(String name) {
    Object value = fields.get(name);
    if (value instanceof Long || value instanceof BigInteger) {
      long whole = ((Number) value).longValue();
      if (value instanceof Long && whole == (int) whole) {
        return (int) whole;
      }
    }
    throw wrong(name, "a whole number");
  }

  JsonFields object(String name) {
    Object value = fields.get(name);
    if (value instanceof Map) {
      return new JsonFields((Map<?, ?>) value, path + "." + name);
    }
    throw wrong(name, "an object");
  }

  /** Deeply as it was read, unmodifiable at the top. */
  @SuppressWarnings("unchecked")
  Map<String, Object> map(String name) {
    object(name);
    return Collections.unmodifiableMap((Map<String, Object>) fields.get(name));
  }

  List<String> strings(String name) {
    Object value = fields.get(name);
    if (!(value instanceof List)) {
      throw wrong(name, "a list of strings");
    }
    List<String> strings = new ArrayList<>();
    for (Object item : (List<?>) value) {
      if (!(item instanceof String)) {
        throw wrong(name + "[" + strings.size() + "]", "a string", item, true);
      }
      strings.add((String) item);
    }
    return Collections.unmodifiableList(strings);
  }

  /** Names in the order of the text; values null or strings. */
  Map<String, String> optionalStrings(String name) {
    JsonFields inner = object(name);
    Map<String, String> strings = new LinkedHashMap<>();
    for (String key : inner.names()) {
      strings.put(key, inner.optionalString(key));
    }
    return Collections.unmodifiableMap(strings);
  }

  List<String> names() {
    List<String> names = new ArrayList<>();
    for (Object name : fields.keySet()) {
      names.add((String) name);
    }
    return names;
  }

  private PipesException wrong(String name, String expected) {
    return wrong(name, expected, fields.get(name), fields.containsKey(name));
  }

  private PipesException wrong(String name, String expected, Object found, boolean present) {
    return Fault.value(path + "." + name, "Pipes.open")
        .expected(
            expected,
            present ? Fault.typeOf(found) : "no such field",
            "in the context " + Fault.DAGSTER)
        .todo(
            "Let Dagster's session write the context; a context made by hand needs all of its"
                + " fields.")
        .see("context")
        .exception();
  }
}
