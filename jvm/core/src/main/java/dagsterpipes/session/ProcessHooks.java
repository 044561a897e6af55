package dagsterpipes.session;

import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.write.ChunkSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Watches the process while a session is open: a shutdown hook closes sessions, and a default
 * handler reports exceptions which end a thread. Neither is installed before the first session or
 * after the last.
 */
final class ProcessHooks {
  /** The time that a close may need beyond the wait for its channel. */
  private static final long GRACE_MILLIS = 3_000;

  private static Thread hook;
  private static Handler handler;

  private ProcessHooks() {}

  static synchronized void install() {
    Reserve.hold();
    try {
      hook = new Thread(ProcessHooks::closeAll, "dagster-pipes-shutdown");
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      hook = null; // Opened while the process ends: its opener closes it in time or not at all.
    }
    handler = new Handler(Thread.getDefaultUncaughtExceptionHandler());
    Thread.setDefaultUncaughtExceptionHandler(handler);
  }

  static synchronized void uninstall() {
    Reserve.release();
    if (hook != null) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // It runs, or has run.
      }
      hook = null;
    }
    // A handler that was set after ours may call ours as the previous one: then ours only passes
    // on.
    if (handler != null && Thread.getDefaultUncaughtExceptionHandler() == handler) {
      Thread.setDefaultUncaughtExceptionHandler(handler.previous);
    }
    handler = null;
  }

  private static void closeAll() {
    Reserve.release();
    ProcessEnd end = ProcessEnd.now();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(closeTimeoutMillis());
    List<Thread> closing = new ArrayList<>();
    for (Session session : Sessions.all()) {
      // In threads of their own: one that the job holds up, in a write to a full pipe for example,
      // must not hold up the end of the process.
      Thread thread = new Thread(() -> close(session, end), "dagster-pipes-closing");
      thread.setDaemon(true);
      try {
        thread.start();
        closing.add(thread);
      } catch (OutOfMemoryError e) {
        close(session, end); // no thread to be had
      }
    }
    for (Thread thread : closing) {
      join(thread, deadline);
    }
  }

  private static void close(Session session, ProcessEnd end) {
    try {
      session.processEnds(end);
    } catch (InterruptedException e) {
      // Nobody interrupts these threads; the process is at its end in any case.
    } catch (RuntimeException e) {
      Stderr.notice("the Pipes session could not be closed at the end of the process: " + e);
    }
  }

  private static void join(Thread thread, long deadline) {
    try {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      thread.join(Math.max(1, left));
      if (thread.isAlive()) {
        Stderr.notice(
            "the process ends before its Pipes session could be closed: a message is still being"
                + " written. "
                + Troubleshooting.see("process-ended"));
      }
    } catch (InterruptedException e) {
      // As above.
    }
  }

  private static long closeTimeoutMillis() {
    try {
      return ChunkSettings.configuredCloseTimeoutMillis() + GRACE_MILLIS;
    } catch (RuntimeException e) {
      return GRACE_MILLIS; // A value that is no number: told when the channel was opened.
    }
  }

  private static final class Handler implements Thread.UncaughtExceptionHandler {
    private final Thread.UncaughtExceptionHandler previous;

    Handler(Thread.UncaughtExceptionHandler previous) {
      this.previous = previous;
    }

    @Override
    public void uncaughtException(Thread thread, Throwable thrown) {
      Reserve.release();
      // First: the previous one may end the process, as Spark's does.
      for (Session session : Sessions.all()) {
        try {
          session.uncaught(thread, thrown);
        } catch (RuntimeException | Error e) {
          // It is remembered for `closed`, and printed below.
        }
      }
      if (previous != null) {
        previous.uncaughtException(thread, thrown);
      } else {
        Stderr.uncaught(thread, thrown);
      }
    }
  }
}
