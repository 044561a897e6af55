package dagsterpipes.logging;

import java.io.PrintWriter;
import java.io.StringWriter;

/** A Throwable below a log line, as the JVM prints it: stack, suppressed ones and every cause. */
public final class StackText {
  private StackText() {}

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
