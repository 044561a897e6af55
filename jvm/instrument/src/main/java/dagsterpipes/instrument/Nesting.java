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
    List<Write> found = new ArrayList<>();
    List<Outer> own = new ArrayList<>();
    for (Command command : execution.commands) {
      Effect effect = command.write().effect();
      if (effect.isWrite()) {
        own.add(new Outer(command));
        continue;
      }
      found.add(command.write());
      if (effect == Effect.NOTHING) {
        return found; // the same rows in other files
      }
    }
    if (execution.failed && !found.isEmpty()) {
      return found; // halves of writes
    }
    boolean countsAlone = own.size() == 1;
    for (Execution child : children(execution, all)) {
      for (Write inner : writes(child, all)) {
        Outer around = outerOf(inner, child, own, execution);
        if (around == null) {
          found.add(inner);
        } else {
          around.completeBy(inner);
        }
      }
      if (child.commands.isEmpty()) {
        own.stream()
            .filter(outer -> isData(child.plan, outer.command.plan()))
            .forEach(outer -> outer.sees(countsAlone ? child.counted() : Counts.NONE));
      }
    }
    for (Outer outer : own) {
      boolean hasTasks = countsAlone && execution.writingJobs > 0;
      Write write = outer.counted(hasTasks ? execution.counted() : null);
      if (!write.mayBeSkipped() || outer.isDataSeen || write.counts().isPositive()) {
        found.add(write);
      }
    }
    return found;
  }

  /** A command that writes, with what is known from executions inside. */
  private static final class Outer {
    final Command command;
    Write write;
    boolean isDataSeen;
    boolean isCompleted;

    /** The numbers of an execution inside that ran its query; null if none did. */
    Counts ofData;

    Outer(Command command) {
      this.command = command;
      write = command.write();
    }

    void completeBy(Write inner) {
      if (inner.effect().isWrite()) {
        write = write.completedBy(inner);
        isCompleted = true;
        isDataSeen |= inner.counts().rows().isPresent();
      }
    }

    void sees(Counts counted) {
      ofData = ofData == null ? counted : Counts.NONE;
    }

    /**
     * @param ofOwnTasks null if they wrote nothing, or also for other commands
     */
    Write counted(Counts ofOwnTasks) {
      boolean isChange = write.effect() == Effect.CHANGE;
      Counts others = ofOwnTasks != null || isChange ? ofOwnTasks : ofData;
      boolean isKnown = !isChange || write.counts().rows().isPresent();
      if (others == null || !isKnown || (write.isOfSource() && isCompleted)) {
        return write; // tasks of a source that staged its rows may write anything
      }
      return write.withCounts(write.counts().orElse(others));
    }
  }

  /**
   * The command of which a write inside is a part; null if it is none's. Another thread of the same
   * function may have started the write meanwhile.
   */
  private static Outer outerOf(Write inner, Execution child, List<Outer> own, Execution execution) {
    for (Outer outer : own) {
      if (outer.write.place().isSame(inner.place())) {
        return outer;
      }
    }
    if (own.size() == 1 && !inner.place().isTableOrFile()) {
      return own.get(0);
    }
    List<Outer> staging = new ArrayList<>();
    for (Outer outer : own) {
      if (stages(inner, child, outer, execution)) {
        staging.add(outer);
      }
    }
    return staging.size() == 1 ? staging.get(0) : null;
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
              !candidate.commands.isEmpty()
                  ? between.started > around.started
                  : between.isInside(around);
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
   * Whether a write inside is that of a connector that stages files and then loads them, or that of
   * a table's data source, which has another name for the table.
   */
  private static boolean stages(Write inner, Execution child, Outer outer, Execution around) {
    boolean hasOwnCounts =
        outer.command.write().counts().rows().isPresent() || around.writingJobs > 0;
    LogicalPlan plan = outer.command.plan();
    boolean isOfTable = ScalaView.kind(plan).equals("InsertIntoDataSourceCommand");
    return !hasOwnCounts
        && (inner.place().table() == null || isOfTable)
        && isData(child.plan, plan);
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
      boolean passes = UNCHANGING.contains(ScalaView.kind(node)) && below.size() == 1;
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
