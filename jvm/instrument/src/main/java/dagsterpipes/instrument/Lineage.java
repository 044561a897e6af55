package dagsterpipes.instrument;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Finds, for each column of an analysed plan, the columns of relations that its value is made from.
 *
 * <p>Catalyst gives every column an id that no other one has, so an unknown node passes on the
 * columns that it does not make itself. A column made by something that cannot be examined (an RDD,
 * a typed function, a subquery in an expression) is {@linkplain Column#unknown unknown}. A column
 * that is made from it is unknown, too. Conditions of filters and joins, which choose rows, make no
 * column. For one plan and one thread.
 */
final class Lineage {
  private static final int MOST_SOURCES = 500;

  private static final Column TOO_MANY =
      Column.unknown("it is made from more than " + MOST_SOURCES + " columns");
  private static final Column NOT_FOUND =
      Column.unknown("it is made from something that is not found in the plan");
  private static final Column SUBQUERY =
      Column.unknown("it is made by a subquery in an expression");
  private static final Column NOT_DEFINED =
      Column.unknown("its common table expression is not known where it is used");

  /** The columns of a node, by Catalyst's ids. For one thread. */
  private static final class Columns {
    private final Map<Long, Column> byId = new LinkedHashMap<>();

    Column of(Object attribute) {
      return of(attribute, NOT_FOUND);
    }

    Column of(Object attribute, Column otherwise) {
      return byId.getOrDefault(id(attribute), otherwise);
    }

    /** Two sides of a node may have a column both: what one of them knows, stays. */
    void put(Long id, Column column) {
      if (column.isKnown() || !byId.containsKey(id)) {
        byId.put(id, column);
      }
    }

    void putAll(Columns others) {
      others.byId.forEach(this::put);
    }
  }

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
    final List<Columns> done = new ArrayList<>();

    Visit(Object plan) {
      this.plan = plan;
      this.children = ScalaView.list(plan, "children");
    }
  }

  private final Sources sources;
  private final long mostNodes;
  private final TimeBudget budget;
  private final Map<Object, List<Column>> common = new LinkedHashMap<>();

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
    Columns columns;
    try {
      columns = new Lineage(sources, most, budget).trace(query);
    } catch (TooMuch e) {
      return ColumnLineage.leftOut(e.getMessage());
    }
    Map<String, Column> found = new LinkedHashMap<>();
    List<Object> output = ScalaView.list(query, "output");
    for (int i = 0; i < output.size() && i < names.size(); i++) {
      // If two have one name, the last one that is made from others wins.
      found.merge(names.get(i), columns.of(output.get(i)), (a, b) -> b.hasSources() ? b : a);
    }
    return ColumnLineage.of(found);
  }

  private void checkBudget() {
    if (budget.isUsedUp()) {
      throw new TooMuch("following the plan took longer than " + budget);
    }
  }

  /** Without recursion: a plan may be deeper than a thread's stack. */
  private Columns trace(LogicalPlan query) {
    Deque<Visit> open = new ArrayDeque<>();
    open.push(new Visit(query));
    long nodes = 1;
    while (true) {
      Visit visit = open.peek();
      if (visit.done.size() < visit.children.size()) {
        if (++nodes > mostNodes) {
          throw new TooMuch("the plan has more than " + mostNodes + " nodes");
        }
        checkBudget();
        open.push(new Visit(visit.children.get(visit.done.size())));
        continue;
      }
      Columns columns = columns(visit);
      open.pop();
      if (open.isEmpty()) {
        return columns;
      }
      open.peek().done.add(columns);
    }
  }

  private Columns columns(Visit visit) {
    checkBudget();
    Columns given = new Columns();
    visit.done.forEach(given::putAll);
    Columns made = new Columns();
    switch (visit.plan.getClass().getSimpleName()) {
      case "Project":
        return named(visit.plan, "projectList", given, made);
      case "Aggregate":
        return named(visit.plan, "aggregateExpressions", given, made);
      case "Window":
        return named(visit.plan, "windowExpressions", given, kept(visit.plan, given));
      case "Generate":
        made = kept(visit.plan, given);
        Column generated = references(visit.plan, "generator", given);
        for (Object attribute : ScalaView.list(visit.plan, "generatorOutput")) {
          put(made, attribute, generated);
        }
        return made;
      case "Expand":
        return expanded(visit.plan, given);
      case "Union":
      case "Intersect":
        return byPosition(visit, visit.children.size());
      case "Except":
        return byPosition(visit, 1);
      case "CTERelationDef":
        List<Column> inOrder = new ArrayList<>();
        for (Object attribute : ScalaView.list(visit.children.get(0), "output")) {
          inOrder.add(given.of(attribute));
        }
        common.put(ScalaView.call(visit.plan, "id"), inOrder);
        return kept(visit.plan, given);
      case "CTERelationRef":
        List<Column> defined = common.get(ScalaView.call(visit.plan, "cteId"));
        List<Object> output = ScalaView.list(visit.plan, "output");
        for (int i = 0; i < output.size(); i++) {
          boolean known = defined != null && i < defined.size();
          put(made, output.get(i), known ? defined.get(i) : NOT_DEFINED);
        }
        return made;
      default:
        return visit.children.isEmpty() ? ofLeaf(visit.plan) : kept(visit.plan, given);
    }
  }

  private Columns ofLeaf(Object plan) {
    Columns columns = new Columns();
    Function<String, Column> source = sources.columnsOf(plan);
    for (Object attribute : ScalaView.list(plan, "output")) {
      put(columns, attribute, source.apply(((NamedExpression) attribute).name()));
    }
    return columns;
  }

  /** The columns that have passed through a node as they were. */
  private Columns kept(Object plan, Columns given) {
    Columns columns = new Columns();
    String node = plan.getClass().getSimpleName();
    Column made = Column.unknown("it is made by " + node + ", which is not looked into");
    for (Object attribute : ScalaView.list(plan, "output")) {
      put(columns, attribute, given.of(attribute, made));
    }
    return columns;
  }

  private Columns named(Object plan, String expressions, Columns given, Columns made) {
    boolean simple = ScalaView.list(plan, "subqueries").isEmpty();
    for (Object expression : ScalaView.list(plan, expressions)) {
      boolean known = simple || !Subqueries.isIn(expression);
      put(made, expression, known ? references(expression, given) : SUBQUERY);
    }
    return made;
  }

  private Columns expanded(Object plan, Columns given) {
    Columns made = new Columns();
    List<Object> output = ScalaView.list(plan, "output");
    List<List<Object>> projections = new ArrayList<>();
    for (Object projection : ScalaView.list(plan, "projections")) {
      projections.add(ScalaView.list(projection));
    }
    for (int i = 0; i < output.size(); i++) {
      Column all = Column.CONSTANT;
      for (List<Object> projection : projections) {
        all = joined(all, references(projection.get(i), given));
      }
      put(made, output.get(i), all);
    }
    return made;
  }

  /**
   * Columns stand for those in the same place of the first children; all of them have to be known.
   */
  private Columns byPosition(Visit visit, int children) {
    Columns made = new Columns();
    List<Object> output = ScalaView.list(visit.plan, "output");
    List<List<Object>> outputs = new ArrayList<>();
    for (Object child : visit.children.subList(0, children)) {
      outputs.add(ScalaView.list(child, "output"));
    }
    for (int i = 0; i < output.size(); i++) {
      Column all = Column.CONSTANT;
      for (int child = 0; child < children && all.isKnown(); child++) {
        checkBudget();
        all = joined(all, visit.done.get(child).of(outputs.get(child).get(i)));
      }
      put(made, output.get(i), all);
    }
    return made;
  }

  private Column references(Object plan, String expression, Columns given) {
    Object made = ScalaView.call(plan, expression);
    return Subqueries.isIn(made) ? SUBQUERY : references(made, given);
  }

  /** Unknown where one of the columns in the expression is. */
  private Column references(Object expression, Columns given) {
    Set<SourceColumn> all = new LinkedHashSet<>();
    for (Object attribute : ScalaView.list(expression, "references")) {
      checkBudget();
      Column one = given.of(attribute);
      if (!one.isKnown()) {
        return one;
      }
      if (all.size() > MOST_SOURCES) {
        return TOO_MANY;
      }
      all.addAll(one.sources());
    }
    return Column.from(all);
  }

  /** Made from both; unknown where one of them is. */
  private static Column joined(Column a, Column b) {
    if (!a.isKnown() || !b.isKnown()) {
      return a.isKnown() ? b : a;
    }
    Set<SourceColumn> all = new LinkedHashSet<>(a.sources());
    all.addAll(b.sources());
    return all.size() > MOST_SOURCES ? TOO_MANY : Column.from(all);
  }

  private void put(Columns columns, Object named, Column made) {
    checkBudget();
    columns.put(id(named), made);
  }

  private static Long id(Object named) {
    return ((NamedExpression) named).exprId().id();
  }
}
