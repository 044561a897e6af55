package dagsterpipes.instrument;

import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListenerInterface;

/**
 * One SparkContext that runs, and our listener in it, which it registers when it is made. Nothing
 * is undone at the end: the listener goes with its SparkContext. Thread-safe.
 */
final class Application {
  /** An application that closes its session waits no longer for events that are on their way. */
  private static final long EVENTS_MILLIS = 10_000;

  private final SparkContext spark;
  private final Findings findings;

  Application(SparkContext spark, Findings findings) {
    this.spark = spark;
    this.findings = findings;
    SparkListenerInterface listener = new EventListener(spark, findings);
    try {
      // A queue of its own: however long we take, no other listener waits.
      spark.listenerBus().addToQueue(listener, "dagsterPipes");
    } catch (LinkageError e) {
      spark.addSparkListener(listener);
    }
  }

  SparkContext spark() {
    return spark;
  }

  /** Returns when all events so far are seen; says so where that takes more than 10 s. */
  void awaitEvents() {
    try {
      spark.listenerBus().waitUntilEmpty(EVENTS_MILLIS);
    } catch (TimeoutException e) {
      findings.notices.say(
          "the session closes before all of Spark's events are seen: what was written last may be"
              + " missing.");
    } catch (LinkageError e) {
      // This Spark has no such method; what has come so far is reported.
    }
  }
}
