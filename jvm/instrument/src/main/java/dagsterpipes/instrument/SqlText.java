package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;

/** The quotes and comments of SQL, in which a semicolon ends no statement. Without state. */
final class SqlText {
  private SqlText() {}

  static List<String> bySemicolons(String text) {
    List<String> statements = new ArrayList<>();
    int start = 0;
    for (int at = 0; at < text.length(); at = next(text, at)) {
      if (text.charAt(at) == ';') {
        statements.add(text.substring(start, at));
        start = at + 1;
      }
    }
    statements.add(text.substring(start));
    return statements;
  }

  /** The text with a space in place of each comment; a hint is no comment. */
  static String withoutComments(String text) {
    StringBuilder rest = new StringBuilder();
    int next;
    for (int at = 0; at < text.length(); at = next) {
      next = next(text, at);
      rest.append(isComment(text, at) ? " " : text.substring(at, next));
    }
    return rest.toString();
  }

  /** The index behind a character, a comment, or all that is in quotes. */
  private static int next(String text, int at) {
    char c = text.charAt(at);
    if (text.startsWith("--", at)) {
      int end = text.indexOf('\n', at);
      return end < 0 ? text.length() : end;
    }
    if (text.startsWith("/*", at)) {
      return endOfBlock(text, at);
    }
    return c == '\'' || c == '"' || c == '`' ? endOfQuotes(text, at, c) : at + 1;
  }

  private static boolean isComment(String text, int at) {
    return text.startsWith("--", at) || (text.startsWith("/*", at) && !text.startsWith("/*+", at));
  }

  /** Comments in Spark may be inside of each other. */
  private static int endOfBlock(String text, int start) {
    int depth = 0;
    int at = start;
    do {
      if (text.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (text.startsWith("*/", at)) {
        depth--;
        at += 2;
      } else {
        at++;
      }
    } while (depth > 0 && at < text.length());
    return Math.min(at, text.length());
  }

  private static int endOfQuotes(String text, int start, char quote) {
    int at = start + 1;
    while (at < text.length() && text.charAt(at) != quote) {
      at += text.charAt(at) == '\\' && quote != '`' ? 2 : 1;
    }
    return Math.min(at + 1, text.length());
  }
}
