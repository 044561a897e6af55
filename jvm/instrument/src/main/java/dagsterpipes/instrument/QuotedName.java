package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the name of a table as a database takes it: {@code "Sales"."Orders"}, {@code `a`.`b`},
 * {@code [dbo].[Orders]}. Without state.
 */
final class QuotedName {
  private QuotedName() {}

  /** The parts without quotes; null if it is no name, such as a query. */
  static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    String rest = text.trim();
    int at = 0;
    while (at < rest.length()) {
      char first = rest.charAt(at);
      char end = first == '[' ? ']' : first == '"' || first == '`' ? first : 0;
      StringBuilder part = new StringBuilder();
      if (end != 0) {
        at = quoted(rest, at + 1, end, part);
      } else {
        while (at < rest.length() && isPlain(rest.charAt(at))) {
          part.append(rest.charAt(at++));
        }
      }
      boolean isLast = at == rest.length();
      if (at < 0 || part.length() == 0 || !(isLast || rest.charAt(at) == '.')) {
        return null;
      }
      parts.add(part.toString());
      at++;
      if (at == rest.length()) {
        return null; // a dot at the end
      }
    }
    return parts.isEmpty() ? null : parts;
  }

  /** The index behind the closing quote; -1 if there is none. A doubled quote is a character. */
  private static int quoted(String text, int start, char end, StringBuilder part) {
    for (int at = start; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == end) {
        if (at + 1 == text.length() || text.charAt(at + 1) != end) {
          return at + 1;
        }
        at++;
      }
      part.append(c);
    }
    return -1;
  }

  private static boolean isPlain(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '#' || c == '-' || c == '@';
  }
}
