package dagsterpipes.write;

import dagsterpipes.wire.MessageFields;

/**
 * One line on its way out, with its identity: in its text, or beside it as bytes that are written
 * behind the text. A log line thus costs no second string. Valid until {@link LineNumbers#taken}.
 * {@link LineNumbers} describes the form.
 */
final class NumberedLine {
  private static final String KEY = "\"" + MessageFields.IDENTITY + "\"";

  /** A longer number is no number of lines. */
  private static final int MAX_DIGITS = 18;

  private final String text;
  private final LineTail tail;
  private final long number;

  private NumberedLine(String text, LineTail tail, long number) {
    this.text = text;
    this.tail = tail;
    this.number = number;
  }

  /** A line that is not counted. */
  static NumberedLine unchanged(String text) {
    return new NumberedLine(text, null, 0);
  }

  /** A line whose text has Python's number. */
  static NumberedLine ofPython(String text, long number) {
    return new NumberedLine(text, null, number);
  }

  /**
   * A line that gets its number here.
   *
   * @param text a JSON object in ASCII, without {@code n}
   * @param tail has {@code number}
   */
  static NumberedLine numbered(String text, LineTail tail, long number) {
    return new NumberedLine(text, tail, number);
  }

  boolean isOfPython() {
    return tail == null && number > 0;
  }

  /** From 1; 0: the line is not counted. */
  long number() {
    return number;
  }

  int length() {
    return tail == null ? text.length() : text.lastIndexOf('}') + tail.length();
  }

  /** Writes {@link #length} bytes from {@code at} on. */
  void copy(byte[] target, int at) {
    if (tail == null) {
      ascii(text, text.length(), target, at);
      return;
    }
    int end = text.lastIndexOf('}');
    ascii(text, end, target, at);
    System.arraycopy(tail.array(), 0, target, at + end, tail.length());
  }

  /**
   * The index of the key {@code n}, if it is the last key of the line; else -1. A string at the end
   * of the object can only be the value of one of its own keys.
   */
  static int keyAt(String line) {
    int end = line.length() - 2;
    if (end < 0 || line.charAt(end) != '"') {
      return -1; // as all lines of the JVM's own: they end with their params
    }
    int colon = lastBefore(line, line.lastIndexOf('"', end - 1));
    if (colon < 0 || line.charAt(colon) != ':') {
      return -1;
    }
    int key = lastBefore(line, colon) + 1 - KEY.length();
    int comma = lastBefore(line, key);
    return comma >= 0 && line.startsWith(KEY, key) && line.charAt(comma) == ',' ? key : -1;
  }

  /**
   * The number of the line.
   *
   * @param key see {@link #keyAt}
   * @param producer token, session and producer; a line with others has no number
   * @return from 1; 0: none
   */
  static long numberAt(String line, int key, String producer) {
    int begin = line.indexOf('"', key + KEY.length()) + 1;
    int digits = begin + producer.length() + 1;
    int end = line.length() - 2;
    if (!line.startsWith(producer, begin) || digits >= end || end - digits > MAX_DIGITS) {
      return 0;
    }
    long number = 0;
    for (int i = digits; i < end; i++) {
      int digit = line.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      number = 10 * number + digit;
    }
    return line.charAt(digits - 1) == '.' && line.charAt(digits) != '0' ? number : 0;
  }

  /** The place of the last character before {@code at} that is no blank; -1: none. */
  private static int lastBefore(String line, int at) {
    int before = at - 1;
    while (before >= 0 && line.charAt(before) == ' ') {
      before--;
    }
    return before;
  }

  @SuppressWarnings("deprecation") // it keeps the low byte of each character, which ASCII is
  private static void ascii(String text, int length, byte[] target, int at) {
    text.getBytes(0, length, target, at);
  }
}
