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
  private static volatile PrintStream diverted;

  private Stderr() {}

  /**
   * Sends our notices to the stream below the capture, while stderr is captured. They need no lock
   * of the job there: a thread that prints may wait for the channel, which may just want to write a
   * notice.
   *
   * @param below null: to System.err again
   */
  public static void divert(PrintStream below) {
    diverted = below;
  }

  /** One line for people, marked as ours. */
  public static void notice(String text) {
    print("[dagster-pipes] " + text.replace('\n', ' ') + "\n");
  }

  /**
   * Writes messages that found no other way, one JSON object a line. A reader of driver logs can
   * read them.
   */
  public static void messages(List<String> lines) {
    if (!lines.isEmpty()) {
      print(String.join("\n", lines) + "\n");
    }
  }

  /** An exception that ended a thread, as the JDK prints it where no default handler is set. */
  public static void uncaught(Thread thread, Throwable thrown) {
    System.err.print("Exception in thread \"" + thread.getName() + "\" ");
    thrown.printStackTrace(System.err);
  }

  private static void print(String text) {
    PrintStream below = diverted;
    PrintStream err = below != null ? below : System.err;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    synchronized (err) {
      err.write(bytes, 0, bytes.length); // one call: lines of other threads stay outside
      err.flush();
    }
  }
}
