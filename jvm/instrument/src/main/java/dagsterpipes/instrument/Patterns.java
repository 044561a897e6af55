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
 * Names in Spark's own catalog fit in any case, if Spark ignores it. A pattern without a scheme
 * fits every scheme. The schemes s3, s3a and s3n are one, and a slash at the end does not count.
 */
final class Patterns {
  /** One pattern, as a name of tables and as a path. */
  private static final class Compiled {
    private final Pattern table;
    private final Pattern tableInAnyCase;

    /** Null for every scheme. */
    private final Pattern scheme;

    private final Pattern path;

    Compiled(String glob) {
      FilePath asPath = FilePath.of(glob);
      table = compiled(glob, 0);
      tableInAnyCase = compiled(glob, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
      scheme = asPath.scheme() == null ? null : compiled(asPath.scheme(), 0);
      path = compiled(asPath.rest(), 0);
    }

    boolean fits(TableName name) {
      Pattern pattern = name.isAnyCase() ? tableInAnyCase : table;
      return name.names().stream().anyMatch(called -> pattern.matcher(called).matches());
    }

    boolean fits(FilePath found) {
      return path.matcher(found.rest()).matches()
          && (scheme == null
              || found.mayHaveAnyScheme()
              || (found.scheme() != null && scheme.matcher(found.scheme()).matches()));
    }
  }

  private final Map<String, Compiled> byAsset = new LinkedHashMap<>();

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
        patterns.byAsset.put((String) entry.getKey(), new Compiled((String) entry.getValue()));
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
  String assetOf(TableName table, String path) {
    FilePath found = path == null ? null : FilePath.of(path);
    for (Map.Entry<String, Compiled> entry : byAsset.entrySet()) {
      Compiled pattern = entry.getValue();
      if ((table != null && pattern.fits(table)) || (found != null && pattern.fits(found))) {
        return entry.getKey();
      }
    }
    return null;
  }

  private static Pattern compiled(String glob, int flags) {
    StringBuilder regex = new StringBuilder();
    for (char c : glob.toCharArray()) {
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL | flags);
  }
}
