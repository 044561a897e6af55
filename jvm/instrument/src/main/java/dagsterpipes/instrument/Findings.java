package dagsterpipes.instrument;

import dagsterpipes.PipesContext;
import dagsterpipes.report.MetadataValue;
import dagsterpipes.session.Session;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The facts that are known of one session's application, over all its SparkContexts: the parts that
 * collect them, and the report at the end. Thread-safe; {@code commands} is for Spark's thread.
 */
final class Findings {
  final Notices notices;
  final Outputs outputs;
  final Stages stages = new Stages();
  final WriteCommands commands;
  final Streams streams;
  private final Guard guard;
  private final long started = System.nanoTime();

  /** The id of the SparkContext that started last; null before the first. */
  private volatile String applicationId;

  /**
   * @throws IllegalArgumentException if the patterns that assign places to assets are no JSON
   *     object of strings
   */
  Findings(PipesContext pipes, Session session) {
    notices = new Notices(pipes);
    outputs = new Outputs(pipes, session, notices);
    commands = new WriteCommands(session, notices);
    streams = new Streams(commands);
    guard = new Guard("the report of what was written", notices);
  }

  void applicationStarts(String id) {
    applicationId = id;
  }

  /** One materialization for each asset that was written; a second call reports what is new. */
  void report() {
    guard.run(
        () -> {
          streams.ended().forEach(outputs::add);
          outputs.report(run());
        });
  }

  private Map<String, Object> run() {
    Map<String, Object> run = new LinkedHashMap<>();
    if (applicationId != null) {
      run.put("spark/application_id", applicationId);
    }
    run.put(
        "spark/wall_seconds", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started) / 1000.0);
    stages.describe(run);
    if (stages.completed() > 0) {
      run.put("spark/stages", MetadataValue.md(stages.table()));
    }
    return run;
  }
}
