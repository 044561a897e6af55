package dagsterpipes.instrument;

import dagsterpipes.json.Json;
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
   * @param json an object of asset key to pattern; null: none
   * @throws IllegalArgumentException where it is something else
   */
  static Patterns parse(String key, String json) {
    Patterns patterns = new Patterns();
    if (json == null) {
      return patterns;
    }
    try {
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) Json.read(json)).entrySet()) {
        patterns.byAsset.put((String) entry.getKey(), compiled(bare((String) entry.getValue())));
      }
    } catch (Json.Malformed | ClassCastException e) {
      throw new IllegalArgumentException(
          "The property " + key + " is no JSON object of strings: " + json);
    }
    return patterns;
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
