package dagsterpipes.instrument;

import java.util.OptionalLong;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;

/**
 * The numbers of a write, from the metrics of the physical plan that has run. A missing metric
 * leaves its number empty. Without state.
 */
final class WriteCounts {
  private static final String[] CHANGES = {"inserted", "updated", "deleted"};

  private WriteCounts() {}

  static Counts of(Write write, SparkPlan executed) {
    SparkPlan plan = unwrapped(executed);
    Object metrics = ScalaView.call(plan, "metrics");
    Counts counts = Counts.NONE;
    OptionalLong files = metric(metrics, "numFiles");
    if (files.isPresent()) {
      counts =
          counts
              .withFiles(files)
              .withRows(metric(metrics, "numOutputRows"))
              .withBytes(metric(metrics, "numOutputBytes"));
      if (write.partitionColumns().filter(columns -> !columns.isEmpty()).isPresent()) {
        counts = counts.withPartitions(metric(metrics, "numParts"));
      }
    }
    if (write.effect() == Effect.CHANGE) {
      counts = withChanges(counts, metrics);
    }
    // A data source of version 2 counts what it was given. Row deltas are no rows.
    boolean isOfRows = !plan.getClass().getSimpleName().startsWith("WriteDelta");
    Object progress = ScalaView.option(ScalaView.callIfThere(plan, "commitProgress"));
    Object rows = ScalaView.callIfThere(progress, "numOutputRows");
    if (!counts.rows().isPresent() && rows instanceof Long && isOfRows) {
      counts = counts.withRows(OptionalLong.of((Long) rows));
    }
    return counts;
  }

  /** With the metrics of Delta's MERGE, UPDATE and DELETE, which write unchanged rows once more. */
  private static Counts withChanges(Counts counted, Object metrics) {
    Counts counts = counted;
    OptionalLong written = first(metrics, "numTargetRowsCopied", "numCopiedRows");
    for (String change : CHANGES) {
      String name = Character.toUpperCase(change.charAt(0)) + change.substring(1);
      OptionalLong count = first(metrics, "numTargetRows" + name, "num" + name + "Rows");
      if (count.isPresent()) {
        counts = counts.withChange(change, count.getAsLong());
        written = change.equals("deleted") ? written : Counts.sum(written, count);
      }
    }
    return counts
        .withRows(written)
        .withBytes(first(metrics, "numTargetBytesAdded", "numAddedBytes"))
        .withFiles(first(metrics, "numTargetFilesAdded", "numAddedFiles"));
  }

  /** Whether a plan only shows the result of a command, which ran as an execution of its own. */
  static boolean isResult(SparkPlan executed) {
    return executed.getClass().getSimpleName().equals("CommandResultExec");
  }

  /** Without what stands around the write: a result that is kept, adaptive execution, its stage. */
  private static SparkPlan unwrapped(SparkPlan executed) {
    Object plan = executed;
    while (true) {
      switch (plan.getClass().getSimpleName()) {
        case "CommandResultExec":
          plan = ScalaView.call(plan, "commandPhysicalPlan");
          break;
        case "AdaptiveSparkPlanExec":
          plan = ScalaView.call(plan, "executedPlan");
          break;
        case "ResultQueryStageExec": // since Spark 4.0
          plan = ScalaView.call(plan, "plan");
          break;
        default:
          return (SparkPlan) plan;
      }
    }
  }

  private static OptionalLong first(Object metrics, String name, String otherName) {
    OptionalLong found = metric(metrics, name);
    return found.isPresent() ? found : metric(metrics, otherName);
  }

  private static OptionalLong metric(Object metrics, String name) {
    Object metric = ScalaView.entry(metrics, name);
    return metric instanceof SQLMetric
        ? OptionalLong.of((Long) ((SQLMetric) metric).value())
        : OptionalLong.empty();
  }
}
