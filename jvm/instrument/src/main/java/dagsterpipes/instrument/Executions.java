package dagsterpipes.instrument;

import dagsterpipes.report.LogLevel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;

/**
 * SQL executions that run, and what those that end well have written. Confined to one thread.
 *
 * <p>A command may run others inside: a CREATE TABLE AS SELECT is one execution, the insert into
 * the new table a second one. The outer one is the write, the inner ones know its numbers.
 */
final class Executions {
  private static final int MOST = 10_000;

  /** For each plan: the bus has other events. */
  private static final long BUDGET_MILLIS = 2_000;

  /** One that runs. */
  private static final class Execution {
    final String description;

    /** The outermost execution around it; null where it is the outermost one, or not known. */
    final Long root;

    boolean jobFailed;
    long rows;
    long bytes;

    /** In the order of their ends. */
    final List<Write> inner = new ArrayList<>();

    Execution(String description, Long root) {
      this.description = description;
      this.root = root;
    }
  }

  private final Findings findings;
  private final Map<Long, Execution> running = new Recent<>(MOST);

  Executions(Findings findings) {
    this.findings = findings;
  }

  void started(SparkListenerSQLExecutionStart event) {
    // Since Spark 3.4.
    Object root = ScalaView.option(ScalaView.callIfThere(event, "rootExecutionId"));
    Long outer = root == null || root.equals(event.executionId()) ? null : (Long) root;
    running.put(event.executionId(), new Execution(event.description(), outer));
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

  /** A job's tasks, counted for the outermost execution. */
  void wrote(long id, long rows, long bytes) {
    Execution execution = rootOf(running.get(id));
    if (execution != null) {
      execution.rows += rows;
      execution.bytes += bytes;
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
    Throwable failure = (Throwable) ScalaView.option(event.executionFailure());
    if (failure != null) {
      if (!execution.jobFailed) {
        findings.notices.log(
            LogLevel.WARNING,
            "Spark SQL execution "
                + event.executionId()
                + " failed: "
                + execution.description
                + ": "
                + Reasons.of(failure));
      }
      return;
    }
    QueryExecution query = event.qe();
    Write write =
        query == null
            ? null
            : findings.commands.of(query.analyzed(), new TimeBudget(BUDGET_MILLIS));
    if (write != null) {
      write = write.withCounts(WriteCounts.of(write, query.executedPlan()));
    }
    Execution root = execution.root == null ? null : running.get(execution.root);
    if (root != null) {
      if (write != null) {
        root.inner.add(write);
      }
    } else if (write != null) {
      write = counted(complete(write, execution.inner), execution);
      boolean wasThere = "ignore".equals(write.mode()) && !write.counts().rows().isPresent();
      if (!wasThere) {
        findings.outputs.add(write);
      }
    } else {
      List<Write> inner = outermost(execution.inner);
      if (inner.size() == 1) {
        inner.set(0, counted(inner.get(0), execution));
      }
      inner.forEach(findings.outputs::add);
    }
  }

  private Execution rootOf(Execution execution) {
    Execution root =
        execution == null || execution.root == null ? null : running.get(execution.root);
    return root == null ? execution : root;
  }

  /** A command that counted nothing is around those that ended before it. */
  private static List<Write> outermost(List<Write> inOrderOfTheirEnds) {
    List<Write> found = new ArrayList<>();
    for (Write write : inOrderOfTheirEnds) {
      if (write.counts().rows().isPresent()) {
        found.add(write);
      } else {
        Write around = complete(write, found);
        found.clear();
        found.add(around);
      }
    }
    return found;
  }

  private static Write complete(Write write, List<Write> inside) {
    Write completed = write;
    for (Write inner : inside) {
      completed = completed.completedBy(inner);
    }
    return completed;
  }

  /** With what its tasks have counted, where the write has not counted itself. */
  private static Write counted(Write write, Execution execution) {
    if (execution.rows == 0 && execution.bytes == 0) {
      return write;
    }
    Counts ofTasks = Counts.ofTasks(execution.rows, execution.bytes);
    return write.withCounts(write.counts().orElse(ofTasks));
  }
}
