package dagsterpipes.instrument;

import dagsterpipes.report.LogLevel;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.spark.SparkConf;
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
  private final Map<Long, Execution> running = new Recent<>(MOST);
  private long events;

  /**
   * @param conf of the application, on which each session's is based
   */
  Executions(Findings findings, SparkConf conf) {
    this.findings = findings;
    this.conf = conf;
  }

  void started(SparkListenerSQLExecutionStart event) {
    // Since Spark 3.4.
    Object root = ScalaView.option(ScalaView.callIfThere(event, "rootExecutionId"));
    Long outer = root == null || root.equals(event.executionId()) ? null : (Long) root;
    running.put(
        event.executionId(),
        new Execution(event.description(), outer, Settings.of(conf, event), events++));
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
    execution.ended = events++;
    Throwable failure = (Throwable) ScalaView.option(event.executionFailure());
    execution.failed = failure != null;
    if (failure != null && !execution.jobFailed) {
      findings.notices.log(
          LogLevel.WARNING,
          "Spark SQL execution "
              + event.executionId()
              + " failed: "
              + execution.description
              + ": "
              + Reasons.of(failure));
    }
    QueryExecution query = event.qe();
    boolean isAnalysed = query != null && isAnalysed(query);
    if (isAnalysed && Streams.isBatch(query)) {
      if (!execution.failed && rootOf(execution) == execution) {
        findings.streams.batchEnded(query, execution.first, new TimeBudget(BUDGET_MILLIS));
      }
      return;
    }
    if (isAnalysed) {
      read(execution, query);
      if (!execution.failed && cuts(event)) {
        findings.commands.cut(query.analyzed(), new TimeBudget(BUDGET_MILLIS));
      }
    }
    Execution root = execution.root == null ? null : running.get(execution.root);
    if (root == null) {
      Nesting.writes(execution).forEach(findings.outputs::add);
    } else if (execution.isOfUse()) {
      root.inside.add(execution);
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

  private void read(Execution execution, QueryExecution query) {
    if (!execution.failed && WriteCounts.isResult(query.executedPlan())) {
      return; // as of spark.sql("INSERT ...").collect()
    }
    LogicalPlan plan = query.analyzed();
    Settings settings = execution.settings.atEnd(query);
    execution.plan = plan;
    Write write = findings.commands.of(plan, settings, new TimeBudget(BUDGET_MILLIS));
    if (write != null && execution.failed) {
      write = write.failed();
    } else if (write != null && write.effect().isWrite()) {
      write = write.withCounts(WriteCounts.of(write, query.executedPlan()));
    }
    execution.write = write;
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
