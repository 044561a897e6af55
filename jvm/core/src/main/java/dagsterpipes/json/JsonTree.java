package dagsterpipes.json;

import dagsterpipes.internal.Fault;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Copies the job's values into the plain values that {@link Json} writes, so that a later change of
 * the job's own map or list changes nothing.
 *
 * <p>It accepts:
 *
 * <ul>
 *   <li>maps; their keys are those of {@link MapNames}
 *   <li>collections, and arrays other than of bytes
 *   <li>optionals
 *   <li>numbers of every type, see {@link ExactNumber}
 *   <li>values that have one plain text, see {@link PlainText}
 * </ul>
 */
public final class JsonTree {
  /** Deeper than any value that a job means to send; a list that holds itself ends here. */
  public static final int MAX_LEVELS = 200;

  private final boolean shown;

  private JsonTree(boolean shown) {
    this.shown = shown;
  }

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

    /** The place in the value: {@code rows.by_month[3]}. */
    public String path() {
      return path;
    }

    /** The value at that place, for an error text. */
    public String found() {
      return found;
    }
  }

  /**
   * For Python: NaN and the infinities stay numbers, and so do whole numbers of any size.
   *
   * @param path the name of {@code value} in messages
   */
  public static Object of(Object value, String path) throws Unsendable {
    return new JsonTree(false).copy(value, path, 0);
  }

  /**
   * For Dagster's web page, which parses JSON metadata and the cells of tables in JavaScript: NaN,
   * the infinities and whole numbers past 2^53 become text.
   *
   * @param path the name of {@code value} in messages
   */
  public static Object shown(Object value, String path) throws Unsendable {
    return new JsonTree(true).copy(value, path, 0);
  }

  /**
   * The content of an optional or an atomic boolean, null if it is empty; any other value itself.
   */
  public static Object unwrapped(Object value) {
    if (value instanceof Optional) {
      return unwrapped(((Optional<?>) value).orElse(null));
    }
    if (value instanceof OptionalInt) {
      OptionalInt optional = (OptionalInt) value;
      return optional.isPresent() ? (Object) optional.getAsInt() : null;
    }
    if (value instanceof OptionalLong) {
      OptionalLong optional = (OptionalLong) value;
      return optional.isPresent() ? (Object) optional.getAsLong() : null;
    }
    if (value instanceof OptionalDouble) {
      OptionalDouble optional = (OptionalDouble) value;
      return optional.isPresent() ? (Object) optional.getAsDouble() : null;
    }
    return value instanceof AtomicBoolean ? (Object) ((AtomicBoolean) value).get() : value;
  }

  private Object copy(Object wrapped, String path, int depth) throws Unsendable {
    if (depth > MAX_LEVELS) {
      throw new Unsendable(
          path.substring(0, Math.min(path.length(), 80)),
          "a value of more than " + MAX_LEVELS + " levels of lists and maps");
    }
    Object value = unwrapped(wrapped);
    if (value == null || value instanceof Boolean || value instanceof String) {
      return value;
    }
    if (value instanceof Number) {
      return number((Number) value, path);
    }
    if (value instanceof Map) {
      return object((Map<?, ?>) value, path, depth);
    }
    // Not every Iterable: a java.nio.file.Path has itself as its item.
    if (value instanceof Collection) {
      List<Object> list = new ArrayList<>();
      for (Object item : (Collection<?>) value) {
        list.add(copy(item, path + "[" + list.size() + "]", depth + 1));
      }
      return Collections.unmodifiableList(list);
    }
    if (value.getClass().isArray()) {
      return array(value, path, depth);
    }
    String text = PlainText.of(value);
    if (text != null) {
      return text;
    }
    throw new Unsendable(path, Fault.typeOf(value));
  }

  private Object object(Map<?, ?> map, String path, int depth) throws Unsendable {
    Map<String, Object> object = new LinkedHashMap<>();
    MapNames names = new MapNames();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = names.add(entry.getKey(), path);
      object.put(name, copy(entry.getValue(), path + "." + name, depth + 1));
    }
    return Collections.unmodifiableMap(object);
  }

  private Object array(Object array, String path, int depth) throws Unsendable {
    if (array instanceof char[]) {
      return new String((char[]) array);
    }
    if (array instanceof byte[]) {
      throw new Unsendable(path, "a byte[], which is no text: encode it, as Base64 for example");
    }
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < Array.getLength(array); i++) {
      list.add(copy(Array.get(array, i), path + "[" + i + "]", depth + 1));
    }
    return Collections.unmodifiableList(list);
  }

  private Object number(Number value, String path) throws Unsendable {
    Object exact = ExactNumber.of(value);
    if (exact == null) {
      throw new Unsendable(path, "a " + value.getClass().getName() + " that says `" + value + "`");
    }
    return shown ? ExactNumber.forJavaScript(exact) : exact;
  }
}
