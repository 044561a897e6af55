package dagsterpipes.internal;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whatever the job passes, copied into the plain values that {@link Json} writes, so that a later
 * change of the job's own map or list changes nothing.
 */
public final class JsonTree {
  /** Deeper than any value somebody means; a list that holds itself ends here. */
  private static final int MAX_DEPTH = 200;

  private JsonTree() {}

  /** A value that JSON has no place for. */
  public static final class Unsendable extends Exception {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String found;

    Unsendable(String path, String found) {
      super(path + ": " + found);
      this.path = path;
      this.found = found;
    }

    /** Where in the value: {@code rows.by_month[3]}. */
    public String path() {
      return path;
    }

    /** What stood there. */
    public String found() {
      return found;
    }
  }

  /**
   * @param path the name of {@code value} in messages
   */
  public static Object of(Object value, String path) throws Unsendable {
    return of(value, path, 0);
  }

  private static Object of(Object value, String path, int depth) throws Unsendable {
    if (depth > MAX_DEPTH) {
      throw new Unsendable(
          path.substring(0, Math.min(path.length(), 80)), "more than " + MAX_DEPTH + " levels");
    }
    if (value == null || value instanceof Boolean || value instanceof String) {
      return value;
    }
    if (value instanceof Number) {
      return number((Number) value, path);
    }
    if (value instanceof CharSequence || value instanceof Character) {
      return value.toString();
    }
    if (value instanceof Map) {
      Map<String, Object> object = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        if (!(entry.getKey() instanceof String)) {
          throw new Unsendable(path, "a key that is no string: " + Fault.typeOf(entry.getKey()));
        }
        object.put(
            (String) entry.getKey(), of(entry.getValue(), path + "." + entry.getKey(), depth + 1));
      }
      return Collections.unmodifiableMap(object);
    }
    if (value instanceof Object[]) {
      return of(Arrays.asList((Object[]) value), path, depth);
    }
    // Not every Iterable: a java.nio.file.Path has itself as its item.
    if (value instanceof Collection) {
      List<Object> list = new ArrayList<>();
      for (Object item : (Collection<?>) value) {
        list.add(of(item, path + "[" + list.size() + "]", depth + 1));
      }
      return Collections.unmodifiableList(list);
    }
    throw new Unsendable(path, Fault.typeOf(value));
  }

  private static Object number(Number value, String path) throws Unsendable {
    if (value instanceof Long || value instanceof BigInteger || value instanceof Double) {
      return value;
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return value.longValue();
    }
    if (value instanceof Float) {
      return Double.valueOf(
          value.toString()); // 0.1f stays 0.1, where a cast gives 0.10000000149011612
    }
    if (value instanceof BigDecimal) {
      return value.doubleValue();
    }
    throw new Unsendable(path, Fault.typeOf(value));
  }
}
