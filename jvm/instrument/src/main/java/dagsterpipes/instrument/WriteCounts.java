package dagsterpipes.instrument;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;

/**
 * The numbers of a write, from the metrics of the physical plan that has run. A missing metric
 * leaves its number empty. Without state.
 */
final class WriteCounts {
  private static final String[] CHANGES = {"inserted", "updated", "deleted"};

  private WriteCounts() {}

  /**
   * The commands of one plan with the numbers of each. If not all of several are found in the
   * physical plan, none of them has numbers.
   *
   * @param commands in the order of the analysed plan
   */
  static List<Command> counted(List<Command> commands, SparkPlan executed) {
    List<SparkPlan> nodes = commandsIn(executed);
    List<Command> counted = new ArrayList<>();
    for (int i = 0; i < commands.size(); i++) {
      Write write = commands.get(i).write();
      SparkPlan node =
          nodes.size() == commands.size()
              ? nodes.get(i)
              : commands.size() == 1 ? unwrapped(executed) : null;
      boolean isCounted = node != null && write.effect().isWrite();
      counted.add(
          isCounted
              ? commands.get(i).withWrite(write.withCounts(of(write, node)))
              : commands.get(i));
    }
    return counted;
  }

  /** The numbers of the only command of a plan. */
  static Counts of(Write write, QueryExecution query) {
    return of(write, unwrapped(query.executedPlan()));
  }

  /**
   * Whether a plan only shows the results of commands, which ran as executions of their own. Before
   * Spark 4 each command of a multi-insert does.
   */
  static boolean isResult(SparkPlan executed) {
    Deque<Object> open = new ArrayDeque<>();
    open.push(executed);
    while (!open.isEmpty()) {
      SparkPlan plan = (SparkPlan) open.pop();
      String type = ScalaView.kind(plan);
      if (type.equals("CommandResultExec")) {
        return true;
      }
      if (type.equals("AdaptiveSparkPlanExec")) {
        open.push(ScalaView.call(plan, "executedPlan"));
      } else if (!isCommand(plan)) {
        ScalaView.list(plan, "children").forEach(open::push);
      }
    }
    return false;
  }

  /** The nodes that write, in their order; what they read is not looked into. */
  private static List<SparkPlan> commandsIn(SparkPlan executed) {
    List<SparkPlan> found = new ArrayList<>();
    Deque<SparkPlan> open = new ArrayDeque<>();
    open.push(executed);
    while (!open.isEmpty()) {
      SparkPlan plan = unwrapped(open.pop());
      if (isCommand(plan)) {
        found.add(plan);
        continue;
      }
      List<Object> children = ScalaView.list(plan, "children");
      Collections.reverse(children);
      children.forEach(child -> open.push((SparkPlan) child));
    }
    return found;
  }

  private static boolean isCommand(SparkPlan plan) {
    for (Class<?> type = plan.getClass(); type != Object.class; type = type.getSuperclass()) {
      String name = type.getSimpleName();
      if (name.equals("DataWritingCommandExec")
          || name.equals("ExecutedCommandExec")
          || name.equals("V2CommandExec")) {
        return true;
      }
    }
    return false;
  }

  private static Counts of(Write write, SparkPlan plan) {
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
    boolean isOfRows = !ScalaView.kind(plan).startsWith("WriteDelta");
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

  /** Without what stands around the write: a result that is kept, adaptive execution, its stage. */
  private static SparkPlan unwrapped(SparkPlan executed) {
    Object plan = executed;
    while (true) {
      switch (ScalaView.kind(plan)) {
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
