package dagsterpipes.instrument;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;

/**
 * SQL executions that run, and the writes of those that have ended. Confined to one thread.
 *
 * <p>{@link Nesting} tells which of the executions inside another one belong together. So writes
 * are reported when the outermost execution ends.
 */
final class Executions {
  private static final int MOST = 10_000;

  /** For each plan: the bus has other events. */
  private static final long BUDGET_MILLIS = 2_000;

  private final Findings findings;
  private final SparkConf conf;
  private final Failures failures;
  private final Map<Long, Execution> running = new Recent<>(MOST);

  /** A thread that outlives an execution still names it as the outermost one. */
  private final Map<Long, Boolean> ended = new Recent<>(MOST);

  private long events;

  /**
   * @param conf of the application, on which each session's is based
   */
  Executions(Findings findings, SparkConf conf, Failures failures) {
    this.findings = findings;
    this.conf = conf;
    this.failures = failures;
  }

  void started(SparkListenerSQLExecutionStart event) {
    // Since Spark 3.4.
    Object root = ScalaView.option(ScalaView.callIfThere(event, "rootExecutionId"));
    Long outer = root == null || root.equals(event.executionId()) ? null : (Long) root;
    Settings settings = Settings.of(conf, event);
    Execution early = running.get(event.executionId());
    if (early != null) {
      early.starts(event.description(), settings);
      return;
    }
    if (outer != null && !running.containsKey(outer) && !hasEnded(outer)) {
      running.put(outer, Execution.early(settings, events++));
    }
    running.put(event.executionId(), new Execution(event.description(), outer, settings, events++));
  }

  /**
   * The name that the application gives it: its own job description, else the call in its code;
   * null if it is not known.
   */
  String description(Properties ofStage) {
    String id = ofStage == null ? null : ofStage.getProperty("spark.sql.execution.id");
    Execution execution = id == null ? null : running.get(Long.valueOf(id));
    return execution == null || execution.description.isEmpty() ? null : execution.description;
  }

  /** The output of a job's tasks. */
  void wrote(long id, long rows, long bytes) {
    Execution execution = running.get(id);
    if (execution != null) {
      execution.wrote(rows, bytes);
      rootOf(execution).sees(rows, bytes);
    }
  }

  /** The reason has been said. */
  void jobFailed(Long id) {
    Execution execution = id == null ? null : running.get(id);
    if (execution != null) {
      execution.jobFailed = true;
      rootOf(execution).jobFailed = true;
    }
  }

  void ended(SparkListenerSQLExecutionEnd event) {
    Execution execution = running.remove(event.executionId());
    if (execution == null) {
      return;
    }
    ended.put(event.executionId(), true);
    execution.ended = events++;
    Throwable failure = (Throwable) ScalaView.option(event.executionFailure());
    execution.failed = failure != null;
    QueryExecution query = event.qe();
    boolean isAnalysed = query != null && isAnalysed(query);
    if (failure != null) {
      // The application sees a refused plan, and may well have expected it.
      boolean isRefused = failure instanceof AnalysisException && query != null && !isAnalysed;
      failed(event.executionId(), execution, failure, isRefused);
    }
    if (isAnalysed) {
      Settings settings = execution.settings.atEnd(query);
      boolean isBatch =
          settings.during(
              () -> {
                boolean counted = isBatch(execution, query);
                if (!counted) {
                  read(execution, event, settings);
                }
                return counted;
              });
      if (isBatch) {
        return;
      }
    }
    Execution root = execution.root == null ? null : running.get(execution.root);
    if (root == null) {
      Nesting.writes(execution).forEach(findings.outputs::add);
    } else if (execution.isOfUse()) {
      root.inside.add(execution);
    }
  }

  private boolean hasEnded(Long id) {
    boolean isForgotten = ended.size() == MOST && id < ended.keySet().iterator().next();
    return isForgotten || ended.containsKey(id);
  }

  private void failed(long id, Execution execution, Throwable failure, boolean isRefused) {
    // If it never started, one inside has failed, which has been said.
    if (!execution.jobFailed && execution.hasStarted && !isRefused) {
      failures.failed(
          Failures.queryOf(execution.description),
          "Spark SQL execution " + id + " failed: " + execution.description,
          failure);
    }
  }

  /**
   * Whether Spark has accepted the plan. Since Spark 4 a refused plan is an execution that failed.
   * To ask such a query for its plan throws the application's own exception, with our frames in it.
   */
  private static boolean isAnalysed(QueryExecution query) {
    Object phases = ScalaView.call(ScalaView.call(query, "tracker"), "phases");
    return ScalaView.entry(phases, "analysis") != null;
  }

  /** Whether it was the batch of a streaming query, which is then counted. */
  private boolean isBatch(Execution execution, QueryExecution query) {
    boolean isBatch = Streams.isBatch(query);
    if (isBatch && !execution.failed && rootOf(execution) == execution) {
      findings.streams.batchEnded(query, execution.first, new TimeBudget(BUDGET_MILLIS));
    }
    return isBatch;
  }

  private void read(Execution execution, SparkListenerSQLExecutionEnd event, Settings settings) {
    QueryExecution query = event.qe();
    if (!execution.failed && cuts(event)) {
      findings.commands.cut(query.analyzed(), new TimeBudget(BUDGET_MILLIS));
    }
    if (!execution.failed && WriteCounts.isResult(query.executedPlan())) {
      return; // as of spark.sql("INSERT ...").collect()
    }
    LogicalPlan plan = query.analyzed();
    execution.plan = plan;
    List<Command> commands = findings.commands.allIn(plan, settings, new TimeBudget(BUDGET_MILLIS));
    execution.commands.addAll(
        execution.failed
            ? Command.failed(commands)
            : WriteCounts.counted(commands, query.executedPlan()));
  }

  void streamStarted(UUID query, UUID run) {
    findings.streams.started(query, run, new TimeBudget(BUDGET_MILLIS));
  }

  void streamEnded(UUID run) {
    Write write = findings.streams.ended(run);
    if (write != null) {
      findings.outputs.add(write);
    }
  }

  /** Whether the plan ends here: what the application does next begins with an RDD. */
  private static boolean cuts(SparkListenerSQLExecutionEnd event) {
    Object action = ScalaView.option(ScalaView.callIfThere(event, "executionName"));
    return "checkpoint".equals(action) || "localCheckpoint".equals(action);
  }

  private Execution rootOf(Execution execution) {
    Execution root =
        execution == null || execution.root == null ? null : running.get(execution.root);
    return root == null ? execution : root;
  }
}
