package dagsterpipes.report;

import java.io.PrintWriter;
import java.io.StringWriter;

/** A Throwable as Java prints it, with its causes and suppressed ones, for a log line. */
public final class StackText {
  private StackText() {}

  /** {@code heading: Type: message}, then the stack. */
  public static String of(String heading, Throwable thrown) {
    return heading + ": " + of(thrown);
  }

  /**
   * {@code message} and, on the lines after it, the stack.
   *
   * @param thrown null: the message alone
   */
  public static String append(String message, Throwable thrown) {
    if (thrown == null) {
      return message;
    }
    return (message == null || message.isEmpty() ? "" : message + "\n") + of(thrown);
  }

  private static String of(Throwable thrown) {
    try {
      StringWriter text = new StringWriter();
      PrintWriter out = new PrintWriter(text);
      thrown.printStackTrace(out);
      out.flush();
      return text.toString().replace("\r\n", "\n").trim();
    } catch (Throwable e) {
      // A getMessage() that throws, or causes without an end, must not hide the line above.
      return thrown.getClass().getName() + " (its stack cannot be shown: " + e.getClass() + ")";
    }
  }
}
