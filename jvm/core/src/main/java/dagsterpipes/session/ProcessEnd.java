package dagsterpipes.session;

import dagsterpipes.errors.SessionInterrupted;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import java.util.Map;

/**
 * Why a process ends, as far as its own shutdown hook can know: from what the threads are doing.
 *
 * <p>A thread in {@code System.exit} is seen, and who called it; the exit code is not. A signal
 * runs in a thread of the JVM's own. A normal end is the thread that destroys the JVM. {@code
 * Runtime.halt} and SIGKILL run no hook. Immutable.
 */
public final class ProcessEnd {
  private enum Kind {
    NORMAL,
    EXIT,
    SIGNAL,
    STOP_REQUEST
  }

  private static final String APPLICATION_MASTER = "org.apache.spark.deploy.yarn.ApplicationMaster";

  private final Kind kind;
  private final String by;
  private final Map<Thread, StackTraceElement[]> stacks;

  private ProcessEnd(Kind kind, String by, Map<Thread, StackTraceElement[]> stacks) {
    this.kind = kind;
    this.by = by;
    this.stacks = stacks;
  }

  static ProcessEnd now() {
    return of(Thread.getAllStackTraces());
  }

  static ProcessEnd of(Map<Thread, StackTraceElement[]> stacks) {
    ProcessEnd found = null;
    for (Map.Entry<Thread, StackTraceElement[]> entry : stacks.entrySet()) {
      StackTraceElement[] stack = entry.getValue();
      if (isIn(stack, "java.lang.Shutdown", null)) {
        // Many threads can be in System.exit; the first one runs the hooks, the others wait for it.
        if (found == null || isIn(stack, "java.lang.ApplicationShutdownHooks", null)) {
          found = of(entry.getKey(), stack, stacks);
        }
      }
    }
    if (found != null) {
      return found;
    }
    return new ProcessEnd(Kind.SIGNAL, "", stacks);
  }

  private static ProcessEnd of(
      Thread thread, StackTraceElement[] stack, Map<Thread, StackTraceElement[]> stacks) {
    if (isIn(stack, "java.lang.Terminator", null) || isSignalHandler(stack)) {
      String name = thread.getName(); // "SIGTERM handler"
      return new ProcessEnd(Kind.SIGNAL, name.replace(" handler", ""), stacks);
    }
    if (!isIn(stack, "java.lang.Runtime", "exit")) {
      return new ProcessEnd(Kind.NORMAL, "", stacks);
    }
    if (isIn(stack, StopRequest.class.getName(), null)) {
      return new ProcessEnd(Kind.STOP_REQUEST, StopRequest.reason(), stacks);
    }
    return new ProcessEnd(
        Kind.EXIT, callerOfExit(stack) + " in thread `" + thread.getName() + "`", stacks);
  }

  /** The warning for the event log before `closed`; null if the failure says it all. */
  String warning(Session session) {
    switch (kind) {
      case SIGNAL:
      case STOP_REQUEST:
        return null;
      case EXIT:
        if (by.startsWith(APPLICATION_MASTER)) {
          return "The Pipes session was not closed: Spark's ApplicationMaster ended the process"
              + " with System.exit, as it does after every main, whether that returned or"
              + " failed."
              + HOW_TO_CLOSE;
        }
        return "System.exit was called by "
            + by
            + " while the Pipes session was open. The exit code cannot be seen from inside the"
            + " process: what the launcher says of its end counts."
            + HOW_TO_CLOSE;
      default:
        return session.uncaught() != null
            ? null
            : "The Pipes session was not closed: the program came to its end with the session open."
                + HOW_TO_CLOSE;
    }
  }

  private static final String HOW_TO_CLOSE =
      " Close it with Pipes.run or try-with-resources. " + Troubleshooting.see("process-ended");

  /** Whether the process was told to stop from outside. */
  public boolean isFromOutside() {
    return kind == Kind.SIGNAL || kind == Kind.STOP_REQUEST;
  }

  /** Who called System.exit; null where nobody did. */
  public String exitCaller() {
    return kind == Kind.EXIT ? by : null;
  }

  /** The reason that `closed` carries; null where nothing is known to have failed. */
  public Throwable failure(Session session) {
    if (!isFromOutside()) {
      return session.uncaught();
    }
    String who =
        kind == Kind.STOP_REQUEST
            ? "Dagster asked the process to stop while the Pipes session was open"
                + (by.isEmpty() ? "" : ": " + Troubleshooting.unended(by))
            : "The process was told to stop from outside"
                + (by.isEmpty() ? "" : " (" + by + ")")
                + " while the Pipes session was open: its launcher, the cluster's resource manager"
                + " or a person did";
    SessionInterrupted interrupted =
        new SessionInterrupted(
            who
                + ". The stack shows what the thread that opened the session was doing. "
                + Troubleshooting.see("process-ended"),
            session.uncaught());
    StackTraceElement[] doing = stacks.get(session.opener());
    interrupted.setStackTrace(doing == null ? new StackTraceElement[0] : doing);
    return interrupted;
  }

  /** Sends the warning; a channel that does not take it may still take `closed`. */
  public void warn(Session session) {
    String warning = warning(session);
    if (warning != null) {
      try {
        session.log(dagsterpipes.report.LogLevel.WARNING, warning);
      } catch (RuntimeException e) {
        Stderr.notice(warning);
      }
    }
  }

  private static boolean isIn(StackTraceElement[] stack, String typePrefix, String method) {
    for (StackTraceElement frame : stack) {
      if (frame.getClassName().startsWith(typePrefix)
          && (method == null || frame.getMethodName().equals(method))) {
        return true;
      }
    }
    return false;
  }

  /** A signal handler of other code, Spark's for example, that ends with System.exit. */
  private static boolean isSignalHandler(StackTraceElement[] stack) {
    return isIn(stack, "jdk.internal.misc.Signal", null) || isIn(stack, "sun.misc.Signal", null);
  }

  /** The first frame below System.exit that is neither the JDK's nor Scala's own. */
  private static String callerOfExit(StackTraceElement[] stack) {
    boolean below = false;
    for (StackTraceElement frame : stack) {
      String type = frame.getClassName();
      below |= type.equals("java.lang.Runtime") && frame.getMethodName().equals("exit");
      if (below && !isLibrary(type)) {
        // Not toString(), which begins with the class loader's name on JDK 9+.
        return type
            + "."
            + frame.getMethodName()
            + "("
            + frame.getFileName()
            + ":"
            + frame.getLineNumber()
            + ")";
      }
    }
    return "the JDK itself";
  }

  private static boolean isLibrary(String type) {
    return type.startsWith("java.")
        || type.startsWith("javax.")
        || type.startsWith("jdk.")
        || type.startsWith("sun.")
        || type.startsWith("scala.sys.");
  }
}
