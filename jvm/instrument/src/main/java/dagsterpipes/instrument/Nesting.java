package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * The writes of one outermost execution and of those inside it. Without state.
 *
 * <p>A command may run others: a CREATE TABLE AS SELECT is one execution, the insert into the new
 * table a second one. The outer one is the write, and the inner ones know its numbers. Functions of
 * {@code foreachBatch} are different: each of their writes is a write by itself.
 */
final class Nesting {
  /** These lead the rows of a query unchanged to where they are written. */
  private static final Set<String> UNCHANGING =
      Collections.unmodifiableSet(
          new HashSet<>(Arrays.asList("DeserializeToObject", "Project", "SubqueryAlias")));

  private Nesting() {}

  /**
   * @param root an outermost execution that has ended
   * @return the writes and changes of tables, in the order of their ends
   */
  static List<Write> writes(Execution root) {
    List<Execution> all = new ArrayList<>();
    for (Execution execution : root.inside) {
      if (execution.isOfUse()) {
        all.add(execution);
      }
    }
    all.add(root);
    return writes(root, all);
  }

  private static List<Write> writes(Execution execution, List<Execution> all) {
    List<Write> others = new ArrayList<>();
    Write write = execution.write;
    if (write != null && !write.effect().isWrite()) {
      others.add(write);
      if (execution.failed || write.effect() == Effect.NOTHING) {
        return others; // half of a write, or the same rows in other files
      }
      write = null;
    }
    Counts ofData = null;
    boolean isDataSeen = false;
    for (Execution child : children(execution, all)) {
      for (Write inner : writes(child, all)) {
        if (write != null && isPart(inner, child, execution)) {
          if (inner.effect().isWrite()) {
            write = write.completedBy(inner);
            isDataSeen |= inner.counts().rows().isPresent();
          }
        } else {
          others.add(inner);
        }
      }
      if (write != null && child.write == null && isData(child.plan, execution.plan)) {
        ofData = ofData == null ? child.counted() : Counts.NONE;
      }
    }
    if (write == null) {
      return others;
    }
    if (write.effect() != Effect.CHANGE) {
      Counts ofTasks = execution.writingJobs > 0 ? execution.counted() : ofData;
      write = write.withCounts(write.counts().orElse(ofTasks == null ? Counts.NONE : ofTasks));
    } else if (write.counts().rows().isPresent()) {
      write = write.withCounts(write.counts().orElse(execution.counted()));
    }
    if (!write.mayBeSkipped() || isDataSeen || write.counts().isPositive()) {
      others.add(write);
    }
    return others;
  }

  /**
   * Those directly inside, in the order of their starts. Several threads may run executions at the
   * same time. A write then has one of those around it, and data has all of them.
   */
  private static List<Execution> children(Execution around, List<Execution> all) {
    List<Execution> found = new ArrayList<>();
    for (Execution candidate : all) {
      if (candidate.isInside(around)) {
        boolean isDirect = true;
        for (Execution between : all) {
          boolean isNearer =
              candidate.write != null ? between.started > around.started : between.isInside(around);
          isDirect &= !(isNearer && candidate.isInside(between));
        }
        if (isDirect) {
          found.add(candidate);
        }
      }
    }
    found.sort(Comparator.comparingLong(execution -> execution.started));
    return found;
  }

  /**
   * Whether a write inside is a part of the command around it, and not one that another thread of
   * the same function has started meanwhile.
   */
  private static boolean isPart(Write inner, Execution child, Execution around) {
    Write outer = around.write;
    if (outer.place().isSame(inner.place()) || !inner.place().isTableOrFile()) {
      return true;
    }
    // A connector that stages files, and then loads them.
    boolean hasOwnCounts = outer.counts().rows().isPresent() || around.writingJobs > 0;
    return !hasOwnCounts && inner.place().table() == null && isData(child.plan, around.plan);
  }

  /** Whether an execution writes the rows of a command's query, and neither more nor fewer. */
  private static boolean isData(LogicalPlan inner, LogicalPlan command) {
    Object query = ScalaView.callIfThere(command, "query");
    Object wanted = query == null ? command : query;
    Object innerQuery = ScalaView.callIfThere(inner, "query");
    Object node = innerQuery == null ? inner : innerQuery;
    Set<Object> columns = columns(wanted);
    while (node != null) {
      if (!Collections.disjoint(columns(node), columns)) {
        return true;
      }
      List<Object> below = ScalaView.list(node, "children");
      boolean passes = UNCHANGING.contains(node.getClass().getSimpleName()) && below.size() == 1;
      node = passes ? below.get(0) : null;
    }
    return false;
  }

  private static Set<Object> columns(Object plan) {
    Set<Object> ids = new HashSet<>();
    for (Object column : ScalaView.list(plan, "output")) {
      ids.add(ScalaView.call(column, "exprId"));
    }
    return ids;
  }
}
