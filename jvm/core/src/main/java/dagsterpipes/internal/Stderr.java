package dagsterpipes.internal;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The only place of the JVM side that writes to stderr.
 *
 * <p>stdout belongs to the job, and to the messages where Dagster reads them there: nothing is ever
 * printed to it.
 */
public final class Stderr {
  private Stderr() {}

  /** One line for a person, marked as ours. */
  public static void notice(String text) {
    print("[dagster-pipes] " + text.replace('\n', ' ') + "\n");
  }

  /**
   * Messages that found no other way, one JSON object a line, so that a reader of driver logs can
   * take them in.
   */
  public static void messages(List<String> lines) {
    if (!lines.isEmpty()) {
      print(String.join("\n", lines) + "\n");
    }
  }

  /** An exception that ended a thread, as the JDK prints it where no default handler is set. */
  static void uncaught(Thread thread, Throwable thrown) {
    System.err.print("Exception in thread \"" + thread.getName() + "\" ");
    thrown.printStackTrace(System.err);
  }

  private static void print(String text) {
    PrintStream err = System.err;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    synchronized (err) {
      err.write(bytes, 0, bytes.length); // one call: lines of other threads stay outside
      err.flush();
    }
  }
}
