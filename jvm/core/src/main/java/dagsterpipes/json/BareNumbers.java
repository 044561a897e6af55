package dagsterpipes.json;

import java.util.regex.Pattern;

/**
 * Numbers that the JSON reader does not take: NaN, Infinity and -Infinity as bare words, which
 * Python writes, and numbers of more than a thousand characters.
 *
 * <p>Outside of strings they become marked strings, which the reader turns into numbers. Loosening
 * the reader itself would let comments and single quotes through as well.
 */
final class BareNumbers {
  /** Gson's buffer has 1024 characters, and a longer number is a bare word to it. */
  private static final int LONGEST_OF_READER = 1000;

  private static final String MARK = "\u0001dagsterpipes:";
  private static final String[] WORDS = {"-Infinity", "Infinity", "NaN"};

  private BareNumbers() {}

  static boolean mayHold(String text) {
    return text.contains("NaN") || text.contains("Infinity") || mayHoldLongNumber(text);
  }

  /** A run of digits as long as that has one at some multiple of it. */
  private static boolean mayHoldLongNumber(String text) {
    for (int i = LONGEST_OF_READER - 1; i < text.length(); i += LONGEST_OF_READER) {
      if (isOfNumber(text.charAt(i))) {
        return true;
      }
    }
    return false;
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

  /** The text of the number that a string is the mark of; null for any other string. */
  static String marked(String string) {
    return string.startsWith(MARK) ? string.substring(MARK.length()) : null;
  }

  private static String wordAt(String text, int index) {
    for (String word : WORDS) {
      if (text.startsWith(word, index)) {
        return word;
      }
    }
    if (index > 0 && isOfNumber(text.charAt(index - 1))) {
      return null; // inside of a shorter number
    }
    int end = index;
    while (end < text.length() && isOfNumber(text.charAt(end))) {
      end++;
    }
    String number = end - index > LONGEST_OF_READER ? text.substring(index, end) : null;
    return number != null && isNumber(number) ? number : null;
  }

  private static boolean isOfNumber(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  }

  /** RFC 8259, section 6. */
  private static boolean isNumber(String text) {
    return Pattern.matches("-?(0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][+-]?[0-9]++)?", text);
  }
}
