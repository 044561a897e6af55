package dagsterpipes.instrument;

import dagsterpipes.errors.SecondJobException;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.wire.PipesConf;
import org.apache.spark.SparkContext;

/**
 * Receives the calls of Spark's plugin and of the main class around an application's own. The
 * process has one {@link ApplicationLife}, to which both calls go.
 *
 * <p>Nothing is thrown at the callers: a failure is one line on stderr, and the application
 * continues. Calls may come from any thread.
 */
public final class Instrumentation {
  /** Static, since Spark makes the plugin and the JVM calls main: neither can be handed it. */
  private static final ApplicationLife LIFE =
      new ApplicationLife("python".equals(System.getProperty(PipesConf.INSTRUMENT_MAIN)));

  private Instrumentation() {}

  /**
   * The application's main is about to be called.
   *
   * @param args its arguments, in which Dagster's parameters are looked for first
   */
  public static void mainStarts(String[] args) {
    harmless(() -> LIFE.mainStarts(args));
  }

  /**
   * The application's main, or its Python script, has ended. Closes the session unless a
   * SparkContext still runs.
   *
   * @param failure what it threw; null: it ended well
   */
  public static void mainEnds(Throwable failure) {
    harmless(() -> LIFE.mainEnds(failure));
  }

  /** A SparkContext has its id: the session opens, and what Spark does is seen from here on. */
  public static void applicationStarts(SparkContext spark, String applicationId) {
    harmless(() -> LIFE.applicationStarts(spark, applicationId));
  }

  /**
   * A SparkContext has stopped, its last event has been handled. Closes the session unless main
   * runs.
   */
  public static void applicationEnds(SparkContext spark) {
    harmless(() -> LIFE.applicationEnds(spark));
  }

  private static void harmless(Runnable work) {
    try {
      work.run();
    } catch (SecondJobException e) {
      throw e; // The application must not write what the first job writes.
    } catch (Throwable e) {
      Stderr.notice(
          "this application runs without being reported further: "
              + Troubleshooting.unended(e)
              + ". "
              + Troubleshooting.see("instrument"));
    }
  }
}
