package dagsterpipes.json;

/**
 * JSON text in ASCII: every other character of it is part of a string, so it can become {@code
 * \}{@code uXXXX} there.
 *
 * <p>An ASCII line survives any default charset of a driver and any log collector on the way. A
 * surrogate without its partner is no character and becomes U+FFFD: Python could read it, but not
 * write it anywhere as UTF-8.
 */
public final class Ascii {
  /** ASCII, too, but a control character: Python escapes it. */
  private static final char DELETE = 0x7f;

  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private Ascii() {}

  /**
   * Appends {@code text} as a JSON string, quotes included: what {@link Json#write} makes of it.
   */
  public static void quote(StringBuilder out, String text) {
    out.append('"');
    int begin = 0; // the start of the characters that need no escape, not appended yet
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c < DELETE && c != '"' && c != '\\') {
        continue;
      }
      out.append(text, begin, i);
      if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        append(out, c);
        append(out, text.charAt(++i));
      } else {
        escape(out, Character.isSurrogate(c) ? '\uFFFD' : c);
      }
      begin = i + 1;
    }
    if (begin == 0) {
      out.append(text); // copied whole, not character by character
    } else {
      out.append(text, begin, length);
    }
    out.append('"');
  }

  /** The text with U+FFFD for each surrogate without its partner; the same object without these. */
  static String whole(String text) {
    char[] whole = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      whole = whole == null ? text.toCharArray() : whole;
      whole[i] = '\uFFFD';
    }
    return whole == null ? text : new String(whole);
  }

  private static void escape(StringBuilder out, char c) {
    int letter = "\"\\\b\f\n\r\t".indexOf(c);
    if (letter >= 0) {
      out.append('\\').append("\"\\bfnrt".charAt(letter));
    } else {
      append(out, c);
    }
  }

  /** {@code json} itself where it is ASCII already. */
  public static String escape(CharSequence json) {
    int first = firstBeyond(json);
    if (first < 0) {
      return json.toString();
    }
    StringBuilder out = new StringBuilder(json.length() + 64);
    out.append(json, 0, first);
    for (int i = first; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c < DELETE) {
        out.append(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < json.length()
          && Character.isLowSurrogate(json.charAt(i + 1))) {
        append(out, c);
        append(out, json.charAt(++i));
      } else {
        append(out, Character.isSurrogate(c) ? '\uFFFD' : c);
      }
    }
    return out.toString();
  }

  private static int firstBeyond(CharSequence json) {
    for (int i = 0; i < json.length(); i++) {
      if (json.charAt(i) >= DELETE) {
        return i;
      }
    }
    return -1;
  }

  private static void append(StringBuilder out, char c) {
    out.append("\\u")
        .append(HEX[c >> 12])
        .append(HEX[c >> 8 & 15])
        .append(HEX[c >> 4 & 15])
        .append(HEX[c & 15]);
  }
}
