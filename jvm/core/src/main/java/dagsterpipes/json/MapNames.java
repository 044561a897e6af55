package dagsterpipes.json;

import dagsterpipes.internal.Fault;
import java.util.HashSet;
import java.util.Set;

/**
 * The names of one JSON object, from the keys of a job's map: strings, enum constants, Groovy's
 * GStrings, Clojure's keywords. No entry is lost because its name is that of another one. For one
 * thread.
 */
public final class MapNames {
  private static final char REPLACEMENT = '\uFFFD';

  private final Set<String> texts = new HashSet<>();
  private final Set<String> names = new HashSet<>();

  /**
   * The name of an entry.
   *
   * <p>A surrogate without its partner becomes U+FFFD, as everywhere in JSON. A name that differs
   * from an earlier one only there gets one more of these characters.
   *
   * @param path of the map, for the exception
   * @throws JsonTree.Unsendable for a key that is no string, and a second key of the same text, as
   *     {@code :rows} is one beside {@code "rows"}
   */
  public String add(Object key, String path) throws JsonTree.Unsendable {
    String text = textOf(key);
    if (text == null) {
      throw new JsonTree.Unsendable(path, "a key that is no string: " + Fault.typeOf(key));
    }
    if (!texts.add(text)) {
      throw new JsonTree.Unsendable(path, "two keys that are both `" + text + "` as text");
    }
    String name = Ascii.whole(text);
    while (!names.add(name)) {
      name += REPLACEMENT;
    }
    return name;
  }

  /** The text of a key that can be a name; null for any other key. */
  public static String textOf(Object key) {
    boolean isName =
        key instanceof CharSequence || key instanceof Enum || PlainText.keyword(key) != null;
    return isName ? PlainText.of(key) : null;
  }
}
