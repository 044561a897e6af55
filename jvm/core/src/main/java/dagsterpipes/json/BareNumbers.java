package dagsterpipes.json;

/**
 * NaN, Infinity and -Infinity as bare words in JSON: Python writes them, RFC 8259 and a strict
 * reader do not know them.
 *
 * <p>Outside of strings they become marked strings, which the reader turns into numbers. Loosening
 * the reader itself would let comments and single quotes through as well.
 */
final class BareNumbers {
  private static final String MARK = "\u0001dagsterpipes:";
  private static final String[] WORDS = {"-Infinity", "Infinity", "NaN"};

  private BareNumbers() {}

  static boolean mayHold(String text) {
    return text.contains("NaN") || text.contains("Infinity");
  }

  static String quote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 32);
    boolean inString = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      String word = inString ? null : wordAt(text, i);
      if (word != null) {
        out.append("\"\\u0001dagsterpipes:").append(word).append('"');
        i += word.length() - 1;
        continue;
      }
      out.append(c);
      if (c == '"') {
        inString = !inString;
      } else if (c == '\\' && inString && i + 1 < text.length()) {
        out.append(text.charAt(++i)); // an escaped quote does not end the string
      }
    }
    return out.toString();
  }

  static Object unquote(String string) {
    return string.startsWith(MARK)
        ? (Object) Double.valueOf(string.substring(MARK.length()))
        : string;
  }

  private static String wordAt(String text, int index) {
    for (String word : WORDS) {
      if (text.startsWith(word, index)) {
        return word;
      }
    }
    return null;
  }
}
