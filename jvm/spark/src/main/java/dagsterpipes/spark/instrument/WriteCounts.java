package dagsterpipes.spark.instrument;

import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;

/** The numbers of a write, from the metrics of the physical plan that has run. */
final class WriteCounts {
  private WriteCounts() {}

  static void fill(Write write, SparkPlan executed) {
    SparkPlan plan = executed;
    // What is wrapped around the write on its way to the user, if anything.
    for (String inside : new String[] {"commandPhysicalPlan", "executedPlan"}) {
      Object inner = ScalaView.callIfThere(plan, inside);
      plan = inner instanceof SparkPlan ? (SparkPlan) inner : plan;
    }
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
    // A data source of version 2 counts what it was given.
    Object progress = ScalaView.option(ScalaView.callIfThere(plan, "commitProgress"));
    Object rows = ScalaView.callIfThere(progress, "numOutputRows");
    if (write.rows == null && rows instanceof Long) {
      write.rows = (Long) rows;
    }
  }

  private static Long metric(Object metrics, String name) {
    Object metric = ScalaView.entry(metrics, name);
    return metric instanceof SQLMetric ? (Long) ((SQLMetric) metric).value() : null;
  }
}
