package dagsterpipes.internal;

import java.io.PrintWriter;
import java.io.StringWriter;

/** A Throwable as Java prints it, for a log line. */
public final class StackText {
  private StackText() {}

  /** {@code heading: Type: message}, then stack, causes and suppressed ones. */
  public static String of(String heading, Throwable thrown) {
    StringWriter text = new StringWriter();
    text.append(heading).append(": ");
    try {
      thrown.printStackTrace(new PrintWriter(text, true));
    } catch (RuntimeException e) {
      // A getMessage() that fails must not hide the failure it belongs to.
      text.append(thrown.getClass().getName());
    }
    return text.toString().trim();
  }
}
