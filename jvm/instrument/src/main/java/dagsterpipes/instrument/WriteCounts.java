package dagsterpipes.instrument;

import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;

/** The numbers of a write, from the metrics of the physical plan that has run. */
final class WriteCounts {
  private static final String[] CHANGES = {"inserted", "updated", "deleted"};

  private WriteCounts() {}

  static void fill(Write write, SparkPlan executed) {
    SparkPlan plan = unwrapped(executed);
    Object metrics = ScalaView.call(plan, "metrics");
    Long files = metric(metrics, "numFiles");
    if (files != null) {
      write.files = files;
      write.rows = metric(metrics, "numOutputRows");
      write.bytes = metric(metrics, "numOutputBytes");
      if (write.partitionColumns != null && !write.partitionColumns.isEmpty()) {
        write.partitions = metric(metrics, "numParts");
      }
    }
    if (write.inPlace) {
      for (String change : CHANGES) {
        String name = Character.toUpperCase(change.charAt(0)) + change.substring(1);
        Long count = metric(metrics, "numTargetRows" + name); // of Delta's MERGE
        count = count == null ? metric(metrics, "num" + name + "Rows") : count;
        if (count != null) {
          write.changes.put(change, count);
        }
      }
    }
    // A data source of version 2 counts what it was given.
    Object progress = ScalaView.option(ScalaView.callIfThere(plan, "commitProgress"));
    Object rows = ScalaView.callIfThere(progress, "numOutputRows");
    if (write.rows == null && rows instanceof Long) {
      write.rows = (Long) rows;
    }
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

  private static Long metric(Object metrics, String name) {
    Object metric = ScalaView.entry(metrics, name);
    return metric instanceof SQLMetric ? (Long) ((SQLMetric) metric).value() : null;
  }
}
