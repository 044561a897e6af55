package dagsterpipes.instrument;

import dagsterpipes.PipesContext;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.report.LogLevel;
import java.util.concurrent.atomic.AtomicBoolean;

/** Writes lines to the event log, or to stderr if the session does not take them. Thread-safe. */
final class Notices {
  private final PipesContext pipes;
  private final AtomicBoolean closedSaid = new AtomicBoolean();

  Notices(PipesContext pipes) {
    this.pipes = pipes;
  }

  /** Something about ourselves. */
  void say(String text) {
    log(LogLevel.WARNING, "[pipes] " + text);
  }

  void log(LogLevel level, String text) {
    try {
      if (!pipes.isClosed()) {
        pipes.log().log(level, text);
        return;
      }
    } catch (RuntimeException e) {
      // Closed meanwhile, or the channel takes nothing.
    }
    if (level != LogLevel.INFO) {
      Stderr.notice(text);
    } else if (closedSaid.compareAndSet(false, true)) {
      Stderr.notice(
          "the Pipes session of this application is closed: what Spark does from now on is not"
              + " reported. "
              + Troubleshooting.see("instrument"));
    }
  }
}
