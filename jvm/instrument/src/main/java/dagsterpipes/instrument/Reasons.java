package dagsterpipes.instrument;

/** The reason of a failure, in the length of a log line. Without state. */
final class Reasons {
  private static final int MOST_CHARACTERS = 1_000;

  private Reasons() {}

  /**
   * The lines before the stack of the driver, which says nothing of the reason; {@code null} as a
   * word for an exception without a message.
   */
  static String of(Throwable thrown) {
    String text = String.valueOf(thrown.getMessage());
    int end = text.indexOf("\nDriver stacktrace:");
    text = (end < 0 ? text : text.substring(0, end)).trim();
    int frames = text.indexOf("\n\tat ");
    text = frames < 0 ? text : text.substring(0, frames);
    return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + " ...";
  }
}
