package dagsterpipes.capture;

import java.io.PrintStream;

/**
 * Scala's {@code println}: {@code scala.Console} takes {@code System.out} when it is first used and
 * keeps it, so that a later {@code System.setOut} changes nothing for it.
 *
 * <p>Its streams belong to threads, and new threads inherit them. Set here are those of the thread
 * that opens the session, which is the job's main thread; one that the job has redirected itself
 * ({@code Console.withOut}) stays.
 */
final class ScalaConsole {
  private final Object console;
  private final TeePrintStream out;
  private final TeePrintStream err;

  private ScalaConsole(Object console, TeePrintStream out, TeePrintStream err) {
    this.console = console;
    this.out = out;
    this.err = err;
  }

  static ScalaConsole attach(TeePrintStream out, TeePrintStream err) {
    ScalaConsole attached = new ScalaConsole(find(), out, err);
    attached.swap("out", out.below(), out);
    attached.swap("err", err.below(), err);
    return attached;
  }

  /** In this thread; in others the kept stream prints on as the one below it. */
  void detach() {
    swap("out", out, out.below());
    swap("err", err, err.below());
  }

  private void swap(String name, PrintStream from, PrintStream to) {
    if (console == null) {
      return;
    }
    try {
      Class<?> type = console.getClass();
      if (type.getMethod(name).invoke(console) == from) {
        String setter = "out".equals(name) ? "setOutDirect" : "setErrDirect";
        type.getMethod(setter, PrintStream.class).invoke(console, to);
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      // A Scala that no longer has these: its println is then seen where System.out is.
    }
  }

  private static Object find() {
    ClassLoader[] loaders = {
      Thread.currentThread().getContextClassLoader(), ScalaConsole.class.getClassLoader()
    };
    for (ClassLoader loader : loaders) {
      try {
        return Class.forName("scala.Console$", true, loader).getField("MODULE$").get(null);
      } catch (ReflectiveOperationException | LinkageError e) {
        // A job without Scala.
      }
    }
    return null;
  }
}
