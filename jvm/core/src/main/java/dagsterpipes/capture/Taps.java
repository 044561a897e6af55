package dagsterpipes.capture;

import dagsterpipes.internal.Losses;
import dagsterpipes.internal.Stderr;
import dagsterpipes.logging.LogForwarder;
import dagsterpipes.logging.LogFrameworks;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.report.LogLevel;
import dagsterpipes.write.MessageWriterChannel;

/**
 * Reads output and log lines for one session, beside the job's own reports: stdout and stderr if
 * the reader asked for them, and the lines of loggers.
 *
 * <p>Started after {@code opened} was sent; {@link #close} before {@code closed} is sent. Nothing
 * from start to close throws into the job: text that cannot be sent is counted, and stderr has a
 * notice. Thread-safe.
 */
public final class Taps implements AutoCloseable {
  private final Losses lostLines = new Losses("log lines");
  private final SessionOutlet outlet;
  private StdioCapture capture;
  private AutoCloseable frameworks;
  private volatile boolean closed;

  private Taps(SessionOutlet outlet) {
    this.outlet = outlet;
  }

  /**
   * Starts the captures that {@code settings} ask for. Never throws: if output or log lines cannot
   * be read, stderr has a notice.
   *
   * @param channel where the session's messages go
   * @param outlet the way there
   */
  public static Taps start(
      TapSettings settings, MessageWriterChannel channel, SessionOutlet outlet) {
    Taps taps = new Taps(outlet);
    LogForwarder.open(taps::line, taps.lostLines);
    try {
      if (settings.capturesOver(channel)) {
        taps.capture = StdioCapture.start(outlet);
      }
      if (settings.rules() != null) {
        taps.frameworks = LogFrameworks.forward(settings.rules());
      }
    } catch (Throwable e) {
      // A class path that we did not foresee is no reason to fail a job: it can still report.
      Stderr.notice("cannot take in output or log lines, the job goes on: " + e);
    }
    return taps;
  }

  /**
   * Sends the text that was printed up to now. Called before anything else is sent, so that the
   * text comes first.
   */
  public void flush() {
    if (capture != null) {
      capture.flush();
    }
  }

  /** Stops, and sends what is still there. A second close does nothing. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    LogForwarder.close(lostLines);
    try {
      if (frameworks != null) {
        frameworks.close();
      }
    } catch (Throwable e) {
      Stderr.notice("cannot detach from the logging framework: " + e);
    }
    if (capture != null) {
      capture.stop();
    }
    lostLines.finish();
  }

  private void line(LogLevel level, String text) {
    PipesMessage message = PipesMessage.log(level, text);
    flush();
    outlet.send(() -> message);
  }
}
