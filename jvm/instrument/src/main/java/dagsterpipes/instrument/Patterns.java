package dagsterpipes.instrument;

import dagsterpipes.json.Json;
import dagsterpipes.session.Session;
import dagsterpipes.wire.ContextFields;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Asset keys by patterns of paths and tables, as {@code SparkJob(outputs=..., inputs=...)} gives
 * them. Immutable.
 *
 * <p>A pattern is the whole table or path; {@code *} stands for any characters, {@code ?} for one.
 * A path can be written with or without its scheme, s3, s3a and s3n are one, and a slash at its end
 * does not count.
 */
final class Patterns {
  private static final Pattern SCHEME = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]*:/*");

  private final Map<String, Pattern> byAsset = new LinkedHashMap<>();

  private Patterns() {}

  /**
   * The patterns of a session. Our clients send them in the context, because thousands of them
   * exceed the length of a property. A property that the user sets replaces them.
   *
   * @param session whose context has them
   * @param field the field of {@link ContextFields#INSTRUMENT}
   * @param property the Spark property with the same object as JSON
   * @throws IllegalArgumentException if either is no object of strings
   */
  static Patterns of(Session session, String field, String property) {
    String json = System.getProperty(property);
    if (json != null) {
      return parse("property " + property, json);
    }
    Object sent = session.view().rawContext().get(ContextFields.INSTRUMENT);
    Object patterns = sent instanceof Map ? ((Map<?, ?>) sent).get(field) : null;
    return of("field " + ContextFields.INSTRUMENT + "." + field + " of the context", patterns);
  }

  /**
   * @param json an object of asset key to pattern; null: none
   * @throws IllegalArgumentException if it is something else
   */
  static Patterns parse(String name, String json) {
    try {
      return of(name, json == null ? null : Json.read(json));
    } catch (Json.Malformed e) {
      throw malformed(name, json);
    }
  }

  private static Patterns of(String name, Object json) {
    Patterns patterns = new Patterns();
    if (json == null) {
      return patterns;
    }
    try {
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) json).entrySet()) {
        patterns.byAsset.put((String) entry.getKey(), compiled(bare((String) entry.getValue())));
      }
    } catch (ClassCastException e) {
      throw malformed(name, json);
    }
    return patterns;
  }

  private static IllegalArgumentException malformed(String name, Object json) {
    return new IllegalArgumentException("The " + name + " is no JSON object of strings: " + json);
  }

  boolean isEmpty() {
    return byAsset.isEmpty();
  }

  /** The first asset whose pattern fits the table or the path, either of them null; else null. */
  String assetOf(String table, String path) {
    for (Map.Entry<String, Pattern> entry : byAsset.entrySet()) {
      if (fits(entry.getValue(), table) || (path != null && fits(entry.getValue(), bare(path)))) {
        return entry.getKey();
      }
    }
    return null;
  }

  private static boolean fits(Pattern pattern, String text) {
    return text != null && pattern.matcher(text).matches();
  }

  private static Pattern compiled(String glob) {
    StringBuilder regex = new StringBuilder();
    for (char c : glob.toCharArray()) {
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  /** Without scheme, and without slashes around it. */
  static String bare(String path) {
    String rest = SCHEME.matcher(path).replaceFirst("");
    int start = 0;
    int end = rest.length();
    while (start < end && rest.charAt(start) == '/') {
      start++;
    }
    while (end > start && rest.charAt(end - 1) == '/') {
      end--;
    }
    return rest.substring(start, end);
  }
}
