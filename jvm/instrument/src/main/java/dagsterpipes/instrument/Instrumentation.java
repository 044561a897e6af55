package dagsterpipes.instrument;

import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.params.ArgumentsParamsLoader;
import dagsterpipes.params.EnvironmentParamsLoader;
import dagsterpipes.params.SystemPropertiesParamsLoader;
import dagsterpipes.report.LogLevel;
import dagsterpipes.session.ProcessEnd;
import dagsterpipes.session.Session;
import dagsterpipes.session.Sessions;
import dagsterpipes.wire.PipesConf;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;

/**
 * The life of an instrumented application: one session from the start of its SparkContext (or its
 * end, where it never starts one) to the later of the end of its main and that of its SparkContext.
 *
 * <p>Where the application opens a session of its own, there is only that one, and whoever opened
 * it closes it; what was seen is reported before {@code closed} in any case. Nothing is thrown at
 * the callers. Thread-safe.
 */
public final class Instrumentation {
  /** How long the end of the process waits for Spark to stop, which its own hook does meanwhile. */
  private static final long STOP_MILLIS = 20_000;

  private static final Instrumentation INSTANCE = new Instrumentation();

  private String[] arguments = {};
  private boolean mainRuns = "python".equals(System.getProperty(PipesConf.INSTRUMENT_MAIN));
  private Throwable failure;
  private Application running;
  private PipesContext pipes;
  private Session session;
  private Findings findings;
  private boolean owner;

  private Instrumentation() {}

  public static void mainStarts(String[] args) {
    INSTANCE.harmless(() -> INSTANCE.doMainStarts(args));
  }

  /**
   * @param failure null: it ended well
   */
  public static void mainEnds(Throwable failure) {
    INSTANCE.harmless(() -> INSTANCE.doMainEnds(failure));
  }

  public static void applicationStarts(SparkContext spark, String applicationId) {
    INSTANCE.harmless(() -> INSTANCE.doApplicationStarts(spark, applicationId));
  }

  public static void applicationEnds(SparkContext spark) {
    INSTANCE.harmless(() -> INSTANCE.doApplicationEnds(spark));
  }

  private synchronized void doMainStarts(String[] args) {
    arguments = args;
    mainRuns = true;
  }

  private void doMainEnds(Throwable thrown) {
    synchronized (this) {
      mainRuns = false;
      failure = failure == null ? thrown : failure;
      if (isOff()) {
        return;
      }
      if (pipes == null && Sessions.first() == null && !Sessions.hasEnded()) {
        open(Collections.<String, Object>emptyMap()); // it came to no SparkContext
      }
    }
    closeIfDone();
  }

  private synchronized void doApplicationStarts(SparkContext spark, String applicationId) {
    if (isOff()) {
      return;
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("spark_application_id", applicationId);
    facts.put("spark_version", spark.version());
    facts.put("spark_master", spark.master());
    facts.put("spark_ui_url", ScalaView.option(spark.uiWebUrl()));
    if (pipes == null || pipes.isClosed()) {
      open(facts);
    }
    findings.applicationId = applicationId;
    running = new Application(spark, findings);
    Object ui = facts.get("spark_ui_url");
    pipes
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

  private void doApplicationEnds(SparkContext spark) {
    synchronized (this) {
      if (running == null || running.spark() != spark) {
        return;
      }
      running = null;
      notifyAll();
    }
    closeIfDone();
  }

  private void open(Map<String, Object> facts) {
    synchronized (Sessions.OPENING) {
      Session first = Sessions.first();
      pipes = Pipes.builder().args(arguments).openedExtras(facts).open();
      session = Sessions.of(pipes);
      owner = session != first;
    }
    findings = new Findings(pipes, session);
    session.beforeClosed(this::reportLast);
    if (owner) {
      session.atProcessEnd(this::processEnds);
    }
  }

  /** Before `closed`, whoever closes: the application itself may do so while Spark still runs. */
  private void reportLast() {
    Application current;
    synchronized (this) {
      current = running;
    }
    if (current != null && !session.isAtProcessEnd()) {
      current.awaitEvents();
    }
    findings.report();
  }

  private void closeIfDone() {
    PipesContext closing;
    Throwable reason;
    synchronized (this) {
      if (mainRuns || running != null || pipes == null || !owner) {
        return;
      }
      closing = pipes;
      reason = reason(null);
    }
    closing.close(reason);
  }

  private Throwable reason(ProcessEnd end) {
    if (failure != null) {
      return failure;
    }
    return end == null ? session.uncaught() : end.failure(session);
  }

  /** In a thread of the shutdown hook; Spark's own hook stops the SparkContext meanwhile. */
  private void processEnds(ProcessEnd end) {
    boolean exited;
    synchronized (this) {
      exited = mainRuns && end.exitCaller() != null;
    }
    if (exited) {
      new Notices(pipes)
          .log(
              LogLevel.INFO,
              "System.exit was called by "
                  + end.exitCaller()
                  + ". The exit code cannot be seen from inside the process: what the launcher says"
                  + " of its end counts.");
    }
    synchronized (this) {
      mainRuns = false;
      if (!end.isFromOutside()) {
        awaitStop();
      }
    }
    pipes.close(reason(end)); // nothing where the end of the SparkContext has closed it
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

  private boolean isOff() {
    return !isOn() || !isLaunchedByDagster();
  }

  private static boolean isOn() {
    return !"false".equalsIgnoreCase(System.getProperty(PipesConf.INSTRUMENT, "true").trim());
  }

  private boolean isLaunchedByDagster() {
    return new ArgumentsParamsLoader(arguments).isDagsterPipesProcess()
        || new SystemPropertiesParamsLoader().isDagsterPipesProcess()
        || new EnvironmentParamsLoader().isDagsterPipesProcess();
  }

  private void harmless(Runnable work) {
    try {
      work.run();
    } catch (Throwable e) {
      Stderr.notice(
          "this application runs without being reported further: "
              + Troubleshooting.unended(e)
              + ". "
              + Troubleshooting.see("instrument"));
    }
  }
}
