package dagsterpipes.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The text of one exception of a chain: lines with their ends, up to a number of characters.
 *
 * <p>Exceptions are other people's classes: whatever their getters throw or return, a report of the
 * failure comes out.
 */
final class StackLines {
  private static final StackTraceElement[] NO_FRAMES = {};

  /** Suppressed exceptions within suppressed ones; further in they are named only. */
  private static final int MOST_LEVELS = 10;

  /** What JSON puts around a line of the list. */
  private static final int AROUND_A_LINE = 6;

  private static final int MOST_OF_A_NOTE = 1000;

  private final int most;
  private final Set<Throwable> seen;
  private final List<Object> lines = new ArrayList<>();
  private int characters;
  private int leftOut;

  /**
   * @param most how many characters of JSON to write, before the note on what was left out
   * @param seen exceptions that stand elsewhere already, to which this one's suppressed are added
   */
  StackLines(int most, Set<Throwable> seen) {
    this.most = most;
    this.seen = seen;
  }

  /** The bare text, or the class's name; of half the characters at most. */
  String message(Throwable thrown) {
    String text = text(thrown);
    if (text == null) {
      text = thrown.getClass().getName();
    }
    String kept = cut(text, most / 2);
    characters += inJson(kept) + AROUND_A_LINE;
    return kept;
  }

  void header(Throwable thrown) {
    add(thrown.getClass().getName());
  }

  /** Frames and suppressed exceptions. */
  void body(Throwable thrown, String indent) {
    body(thrown, indent, 0);
  }

  /** A whole exception, without its causes. */
  void exception(String caption, Throwable thrown, String indent) {
    add(indent + caption + cut(describe(thrown), most / 2));
    body(thrown, indent + "  ", 0);
  }

  /**
   * The lines, at their end how many did not fit.
   *
   * @param note a last line, which always fits; null: none
   */
  List<Object> finish(String note) {
    if (leftOut > 0) {
      lines.add("  ... " + leftOut + " more lines left out\n");
    }
    if (note != null) {
      lines.add(cut(note, MOST_OF_A_NOTE) + "\n");
    }
    return lines;
  }

  int characters() {
    return characters;
  }

  /** Class and message, in one text. */
  static String describe(Throwable thrown) {
    String text = text(thrown);
    return thrown.getClass().getName() + (text == null ? "" : ": " + text);
  }

  static Throwable cause(Throwable thrown) {
    return safely(thrown::getCause, null);
  }

  private void body(Throwable thrown, String indent, int level) {
    StackTraceElement[] frames = safely(thrown::getStackTrace, NO_FRAMES);
    for (StackTraceElement frame : frames == null ? NO_FRAMES : frames) {
      add(indent + "at " + frame);
    }
    for (Throwable other : thrown.getSuppressed()) {
      chain("Suppressed: ", other, indent, level + 1);
    }
  }

  /** An exception with its causes to the last. */
  private void chain(String caption, Throwable first, String indent, int level) {
    String next = caption;
    for (Throwable thrown = first; thrown != null; thrown = cause(thrown)) {
      boolean isNew = seen.add(thrown);
      String described = cut(describe(thrown), most / 4);
      add(indent + next + described + (isNew ? "" : " (the same exception again)"));
      if (!isNew || level > MOST_LEVELS || leftOut > 0) {
        return;
      }
      body(thrown, indent + "  ", level);
      next = "Caused by: ";
    }
  }

  private void add(String line) {
    int size = inJson(line) + AROUND_A_LINE;
    if (leftOut > 0 || characters + size > most) {
      leftOut++;
      return;
    }
    lines.add(line + "\n");
    characters += size;
  }

  private static String text(Throwable thrown) {
    try {
      return thrown.getMessage();
    } catch (Throwable second) {
      // It must not hide the failure that it belongs to.
      return "(its getMessage() threw " + second.getClass().getName() + ")";
    }
  }

  private static <T> T safely(Supplier<T> getter, T otherwise) {
    try {
      return getter.get();
    } catch (Throwable second) {
      return otherwise;
    }
  }

  private static String cut(String text, int most) {
    int kept = 0;
    for (int size = 0; kept < text.length(); kept++) {
      size += inJson(text.charAt(kept));
      if (size > most) {
        return text.substring(0, kept)
            + "... ("
            + (text.length() - kept)
            + " more characters left out)";
      }
    }
    return text;
  }

  private static int inJson(String text) {
    int size = 0;
    for (int i = 0; i < text.length(); i++) {
      size += inJson(text.charAt(i));
    }
    return size;
  }

  /** Characters past ASCII and control characters are six there. */
  private static int inJson(char c) {
    if (c < ' ' || c > '~') {
      return c == '\n' || c == '\t' || c == '\r' ? 2 : 6;
    }
    return c == '"' || c == '\\' ? 2 : 1;
  }
}
