package dagsterpipes.instrument;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Finds, for each column of an analysed plan, the columns of relations whose values flow into it.
 *
 * <p>Catalyst gives every column an id that no other one has, so an unknown node passes on the
 * columns that it does not make itself. A column made by something that cannot be examined (an RDD,
 * a typed function) is {@linkplain Column#unknown unknown}. A column that is made from it is
 * unknown, too. Conditions of filters and joins, which choose rows, make no column. For one plan
 * and one thread.
 */
final class Lineage {
  private static final Column NOT_DEFINED =
      Column.unknown("its common table expression is not known where it is used");
  private static final Column NO_OUTER =
      Column.unknown("it is made from a column of an outer query that is not found");

  /** The plan is not followed any further. */
  private static final class TooMuch extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooMuch(String reason) {
      super(reason, null, false, false);
    }
  }

  private static final class Visit {
    final Object plan;
    final List<Object> children;
    final List<PlanColumns> done = new ArrayList<>();

    Visit(Object plan) {
      this.plan = plan;
      List<Object> all = ScalaView.list(plan, "children");
      // The recursive part needs the columns of the first one.
      this.children = ScalaView.kind(plan).equals("UnionLoop") ? all.subList(0, 1) : all;
    }

    PlanColumns given() {
      PlanColumns given = new PlanColumns();
      done.forEach(given::and);
      return given;
    }
  }

  private final Sources sources;
  private final long mostNodes;
  private final TimeBudget budget;
  private final ExpressionLineage expressions = new ExpressionLineage(this);
  private final GeneratorLineage generators = new GeneratorLineage(expressions);

  /** The columns of common table expressions and of recursive ones, by their ids. */
  private final Map<Object, List<Column>> common = new LinkedHashMap<>();

  private final Map<Object, List<Column>> loops = new LinkedHashMap<>();
  private final Map<Object, List<Column>> subplans = new IdentityHashMap<>();

  /** The columns of the outer queries, the innermost one first. */
  private final Deque<PlanColumns> outer = new ArrayDeque<>();

  private long nodes;

  private Lineage(Sources sources, long mostNodes, TimeBudget budget) {
    this.sources = sources;
    this.mostNodes = mostNodes;
    this.budget = budget;
  }

  /**
   * The lineage of the result of {@code query}, or why it is left out.
   *
   * @param names the names under which the columns of {@code query} are written
   * @param most nodes of a plan that is followed
   */
  static ColumnLineage of(
      LogicalPlan query, List<String> names, Sources sources, long most, TimeBudget budget) {
    List<Column> columns;
    try {
      columns = new Lineage(sources, most, budget).output(query);
    } catch (TooMuch e) {
      return ColumnLineage.leftOut(e.getMessage());
    }
    Map<String, Column> found = new LinkedHashMap<>();
    for (int i = 0; i < columns.size() && i < names.size(); i++) {
      // If two have one name, the last one that is made from others wins.
      found.merge(names.get(i), columns.get(i), (a, b) -> b.hasSources() ? b : a);
    }
    return ColumnLineage.of(found);
  }

  /** Keeps the lineage of a plan, from which the application cuts what it does next. */
  static void remember(LogicalPlan plan, Sources sources, long most, TimeBudget budget) {
    List<Object> output = ScalaView.list(plan, "output");
    List<Column> columns;
    try {
      columns = new Lineage(sources, most, budget).output(plan);
    } catch (TooMuch e) {
      columns = Collections.nCopies(output.size(), Column.unknown(e.getMessage()));
    }
    sources.checkpoints().remember(output, columns);
  }

  /** As {@link #of}, for a command that changes rows of a table where they are. */
  static ColumnLineage ofChange(LogicalPlan plan, Sources sources, long most, TimeBudget budget) {
    Lineage lineage = new Lineage(sources, most, budget);
    try {
      return new RowChanges(lineage, lineage.expressions).of(plan);
    } catch (TooMuch e) {
      return ColumnLineage.leftOut(e.getMessage());
    }
  }

  void checkBudget() {
    if (budget.isUsedUp()) {
      throw new TooMuch("following the plan took longer than " + budget);
    }
  }

  /** A column of the query around a subquery. */
  Column outer(Object attribute) {
    for (PlanColumns columns : outer) {
      if (columns.has(attribute)) {
        return columns.of(attribute);
      }
    }
    return NO_OUTER;
  }

  /**
   * The output columns of a plan inside an expression.
   *
   * @param around the columns that it can refer to
   */
  List<Column> subplan(Object plan, PlanColumns around) {
    List<Column> known = subplans.get(plan);
    if (known == null) {
      outer.push(around);
      known = output(plan);
      outer.pop();
      subplans.put(plan, known);
    }
    return known;
  }

  private List<Column> output(Object plan) {
    return inOrder(plan, trace(plan));
  }

  /** Without recursion, except for subqueries: a plan may be deeper than a thread's stack. */
  PlanColumns trace(Object plan) {
    Deque<Visit> open = new ArrayDeque<>();
    open.push(opened(plan));
    while (true) {
      Visit visit = open.peek();
      if (visit.done.size() < visit.children.size()) {
        open.push(opened(visit.children.get(visit.done.size())));
        continue;
      }
      PlanColumns columns = columns(visit);
      open.pop();
      if (open.isEmpty()) {
        return columns;
      }
      open.peek().done.add(columns);
    }
  }

  private Visit opened(Object plan) {
    if (++nodes > mostNodes) {
      throw new TooMuch("the plan has more than " + mostNodes + " nodes");
    }
    checkBudget();
    return new Visit(plan);
  }

  private PlanColumns columns(Visit visit) {
    checkBudget();
    Object plan = visit.plan;
    switch (ScalaView.kind(plan)) {
      case "Project":
        return made(ScalaView.list(plan, "projectList"), visit.given());
      case "Aggregate":
        return made(ScalaView.list(plan, "aggregateExpressions"), visit.given());
      case "Window":
        return made(ScalaView.list(plan, "windowExpressions"), visit.given())
            .and(kept(plan, visit.given()));
      case "Generate":
        return generated(plan, visit.given());
      case "Expand":
        return expanded(plan, visit.given());
      case "LateralJoin":
        return lateral(plan, visit.given());
      case "Union":
      case "SequentialStreamingUnion":
      case "Intersect":
        return byPosition(visit, visit.children.size());
      case "Except":
        return byPosition(visit, 1);
      case "UnionLoop":
        return recursive(visit);
      case "UnionLoopRef":
        return put(plan, loops.get(ScalaView.call(plan, "loopId")));
      case "CTERelationDef":
        common.put(ScalaView.call(plan, "id"), inOrder(visit.children.get(0), visit.given()));
        return kept(plan, visit.given());
      case "CTERelationRef":
        return put(plan, common.get(ScalaView.call(plan, "cteId")));
      default:
        return visit.children.isEmpty() ? sources.columnsOf(plan) : kept(plan, visit.given());
    }
  }

  /** The columns that have passed through a node unchanged. */
  private PlanColumns kept(Object plan, PlanColumns given) {
    PlanColumns columns = new PlanColumns();
    for (Object attribute : ScalaView.list(plan, "output")) {
      checkBudget();
      columns.put(attribute, given.has(attribute) ? given.of(attribute) : Opaque.column(plan));
    }
    return columns;
  }

  private PlanColumns made(List<Object> named, PlanColumns given) {
    PlanColumns made = new PlanColumns();
    for (Object expression : named) {
      made.put(expression, expressions.of(expression, given));
    }
    return made;
  }

  private PlanColumns generated(Object plan, PlanColumns given) {
    PlanColumns made = new PlanColumns();
    List<Object> output = ScalaView.list(plan, "generatorOutput");
    List<Column> columns = generators.of(ScalaView.call(plan, "generator"), output.size(), given);
    for (int i = 0; i < output.size(); i++) {
      made.put(output.get(i), columns.get(i));
    }
    return made.and(kept(plan, given));
  }

  private PlanColumns expanded(Object plan, PlanColumns given) {
    List<List<Object>> projections = new ArrayList<>();
    for (Object projection : ScalaView.list(plan, "projections")) {
      projections.add(ScalaView.list(projection));
    }
    PlanColumns made = new PlanColumns();
    List<Object> output = ScalaView.list(plan, "output");
    for (int i = 0; i < output.size(); i++) {
      List<Object> own = new ArrayList<>();
      for (List<Object> projection : projections) {
        own.add(projection.get(i));
      }
      made.put(output.get(i), expressions.ofAll(own, given));
    }
    return made;
  }

  /** The right side is a subquery that can refer to the columns of the left one. */
  private PlanColumns lateral(Object plan, PlanColumns left) {
    Object right = ScalaView.call(ScalaView.call(plan, "right"), "plan");
    return kept(plan, put(right, subplan(right, left)).and(left));
  }

  /**
   * The sources of the first part, and those that each run of the recursive part adds, until no run
   * adds any.
   */
  private PlanColumns recursive(Visit visit) {
    Object plan = visit.plan;
    Object recursion = ScalaView.call(plan, "recursion");
    List<Column> columns = inOrder(visit.children.get(0), visit.done.get(0));
    boolean grown = true;
    while (grown) {
      loops.put(ScalaView.call(plan, "id"), columns);
      List<Column> added = output(recursion);
      List<Column> next = new ArrayList<>();
      grown = false;
      for (int i = 0; i < columns.size(); i++) {
        Column column = columns.get(i);
        Column both = joined(column, added.get(i));
        grown |= column.isKnown() && !(both.isKnown() && same(both, column));
        next.add(both);
      }
      columns = next;
      subplans.clear(); // they may refer to the loop
    }
    return put(plan, columns);
  }

  private static boolean same(Column a, Column b) {
    return a.sources().size() == b.sources().size();
  }

  /** Columns are made from those at the same position of the first children. */
  private PlanColumns byPosition(Visit visit, int children) {
    List<List<Column>> parts = new ArrayList<>();
    for (int child = 0; child < children; child++) {
      parts.add(inOrder(visit.children.get(child), visit.done.get(child)));
    }
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < parts.get(0).size(); i++) {
      checkBudget();
      List<Column> own = new ArrayList<>();
      for (List<Column> part : parts) {
        own.add(part.get(i));
      }
      columns.add(Column.oneOf(own));
    }
    return put(visit.plan, columns);
  }

  private static Column joined(Column a, Column b) {
    List<Column> both = new ArrayList<>();
    both.add(a);
    both.add(b);
    return Column.joined(both);
  }

  /** The output of a node, by position. */
  private PlanColumns put(Object plan, List<Column> columns) {
    PlanColumns made = new PlanColumns();
    List<Object> output = ScalaView.list(plan, "output");
    for (int i = 0; i < output.size(); i++) {
      boolean known = columns != null && i < columns.size();
      made.put(output.get(i), known ? columns.get(i) : NOT_DEFINED);
    }
    return made;
  }

  private static List<Column> inOrder(Object plan, PlanColumns columns) {
    List<Column> inOrder = new ArrayList<>();
    for (Object attribute : ScalaView.list(plan, "output")) {
      inOrder.add(columns.of(attribute));
    }
    return inOrder;
  }
}
