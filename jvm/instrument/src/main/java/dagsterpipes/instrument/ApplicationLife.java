package dagsterpipes.instrument;

import dagsterpipes.Pipes;
import dagsterpipes.PipesBuilder;
import dagsterpipes.PipesContext;
import dagsterpipes.report.LogLevel;
import dagsterpipes.session.ProcessEnd;
import dagsterpipes.session.Sessions;
import dagsterpipes.wire.PipesConf;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;

/**
 * The life of an instrumented application: one session. It opens when the SparkContext starts, or
 * at the end of an application that never starts one. It ends when both the main and the
 * SparkContext have ended. If main has left threads that may start a SparkContext, the session ends
 * with the process.
 *
 * <p>If the application opens a session of its own, there is only that one, and its opener closes
 * it. The findings are reported before {@code closed} in any case. If Dagster has not launched the
 * process, or the instrumentation is switched off, nothing is opened and nothing is reported.
 *
 * <p>The calls come in the order {@code mainStarts}, {@code applicationStarts}, and the two ends in
 * any order. Each of them may be missing, and an application may start several times. They throw
 * the exceptions of opening and closing a session. Thread-safe.
 */
final class ApplicationLife {
  /** How long the end of the process waits for Spark to stop, which its own hook does meanwhile. */
  private static final long STOP_MILLIS = 20_000;

  private String[] arguments = {};
  private boolean mainRuns;

  /** Whether main has ended, and a thread that it left may still start a SparkContext. */
  private boolean threadsRun;

  /** The thread in which main has ended; null before. */
  private Thread ofMain;

  /** The exception of main; null: none so far. */
  private Throwable failure;

  /** The first uncaught exception of a thread until main ended; null: none. */
  private Throwable uncaughtInMain;

  /** Null while no SparkContext runs. */
  private Application running;

  /** The one that was opened last; null before the first. */
  private OpenedSession opened;

  private Findings findings;

  /**
   * @param mainRuns whether a main runs already, whose start is not told and whose end is
   */
  ApplicationLife(boolean mainRuns) {
    this.mainRuns = mainRuns;
  }

  /**
   * @param args the program's arguments, in which parameters are looked for
   */
  synchronized void mainStarts(String[] args) {
    arguments = args.clone();
    mainRuns = true;
  }

  /**
   * @param thrown null: it ended well
   */
  void mainEnds(Throwable thrown) {
    synchronized (this) {
      mainRuns = false;
      ofMain = Thread.currentThread();
      failure = failure == null ? thrown : failure;
      PipesBuilder builder = Pipes.builder().args(arguments);
      if (isOff(builder)) {
        return;
      }
      if (opened == null) { // the application has not started a SparkContext
        threadsRun = ApplicationThreads.run();
        if (Sessions.first() == null && !Sessions.hasEnded()) {
          open(builder);
        }
      }
      uncaughtInMain = opened == null ? null : opened.session().uncaught();
    }
    closeIfDone();
  }

  synchronized void applicationStarts(SparkContext spark, String applicationId) {
    PipesBuilder builder = Pipes.builder().args(arguments);
    if (isOff(builder)) {
      return;
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("spark_application_id", applicationId);
    facts.put("spark_version", spark.version());
    facts.put("spark_master", spark.master());
    facts.put("spark_ui_url", ScalaView.option(spark.uiWebUrl()));
    if (opened == null || opened.pipes().isClosed()) {
      open(builder.openedExtras(facts));
    }
    findings.applicationStarts(applicationId);
    running = new Application(spark, findings);
    Object ui = facts.get("spark_ui_url");
    opened
        .pipes()
        .log()
        .info(
            "Spark "
                + facts.get("spark_version")
                + " application "
                + applicationId
                + " runs on "
                + facts.get("spark_master")
                + (ui == null ? "" : ", its UI at " + ui));
  }

  void applicationEnds(SparkContext spark) {
    synchronized (this) {
      if (running == null || running.spark() != spark) {
        return;
      }
      running = null;
      Thread stopping = Thread.currentThread();
      threadsRun = !mainRuns && stopping != ofMain && ApplicationThreads.isOne(stopping);
      notifyAll();
    }
    closeIfDone();
  }

  private void open(PipesBuilder builder) {
    OpenedSession now = OpenedSession.open(builder);
    opened = now; // first: it is closed, whatever fails from here on
    Findings found = new Findings(now.pipes(), now.session());
    findings = found;
    now.session().beforeClosed(() -> reportLast(now, found));
    if (now.isOwned()) {
      now.session().atProcessEnd(end -> processEnds(now, end));
    }
  }

  /**
   * Before `closed`, no matter which code closes: the application itself may close while Spark
   * still runs.
   */
  private void reportLast(OpenedSession closing, Findings found) {
    Application current;
    synchronized (this) {
      current = running;
    }
    if (current != null && !closing.session().isAtProcessEnd()) {
      current.awaitEvents();
    }
    found.report();
  }

  private void closeIfDone() {
    PipesContext closing;
    Throwable reason;
    synchronized (this) {
      boolean goesOn = mainRuns || threadsRun || running != null;
      if (goesOn || opened == null || !opened.isOwned()) {
        return;
      }
      closing = opened.pipes();
      reason = failure != null ? failure : ofThread(opened.session().uncaught(), opened);
    }
    closing.close(reason);
  }

  /** In a thread of the shutdown hook; Spark's own hook stops the SparkContext meanwhile. */
  private void processEnds(OpenedSession closing, ProcessEnd end) {
    boolean exited;
    synchronized (this) {
      exited = mainRuns && end.exitCaller() != null;
    }
    if (exited) {
      new Notices(closing.pipes())
          .log(
              LogLevel.INFO,
              "System.exit was called by "
                  + end.exitCaller()
                  + ". The exit code cannot be seen from inside the process: what the launcher says"
                  + " of its end counts.");
    }
    Throwable thrown;
    synchronized (this) {
      mainRuns = false;
      if (!end.isFromOutside()) {
        awaitStop();
      }
      thrown = failure;
    }
    // Nothing where the end of the SparkContext has closed it.
    closing
        .pipes()
        .close(thrown != null ? thrown : ofThread(end.failure(closing.session()), closing));
  }

  /** The same reason, or that the work which main has left to a thread has failed. */
  private synchronized Throwable ofThread(Throwable reason, OpenedSession closing) {
    boolean isLate =
        ofMain != null
            && reason != null
            && reason != uncaughtInMain
            && reason == closing.session().uncaught()
            && !closing.session().isUncaughtInDaemon();
    return isLate ? new ThreadFailure(reason) : reason;
  }

  private synchronized void awaitStop() {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_MILLIS);
    try {
      long left = STOP_MILLIS;
      while (running != null && left > 0) {
        wait(left);
        left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isOff(PipesBuilder builder) {
    return !isOn() || !builder.isDagsterPipesProcess();
  }

  private static boolean isOn() {
    return !"false".equalsIgnoreCase(System.getProperty(PipesConf.INSTRUMENT, "true").trim());
  }
}
