package dagsterpipes.instrument;

import dagsterpipes.report.TableColumnDep;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * For each column of an analysed plan the columns of relations that its value is made from.
 *
 * <p>Catalyst gives every column an id that no other one has, so a node that is not known hands on
 * what it does not make anew. A column made by something that cannot be looked into (an RDD, a
 * typed function, a subquery in an expression) is left out. Conditions of filters and joins, which
 * choose rows, make no column. For one plan and one thread.
 */
final class Lineage {
  private static final int MOST_SOURCES = 500;

  /** Columns of relations, as {@code asset key, column}; a column made from none has none. */
  private static final class Columns extends LinkedHashMap<Long, Set<List<String>>> {
    private static final long serialVersionUID = 1L;
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
  private final Map<Object, List<Set<List<String>>>> common = new LinkedHashMap<>();

  private Lineage(Sources sources, long mostNodes, TimeBudget budget) {
    this.sources = sources;
    this.mostNodes = mostNodes;
    this.budget = budget;
  }

  /**
   * Sets the lineage of {@code write}, or why it has none.
   *
   * @param names what the columns of {@code query} are called where they are written
   * @param most nodes of a plan that is followed
   */
  static void fill(
      Write write,
      LogicalPlan query,
      List<String> names,
      Sources sources,
      long most,
      TimeBudget budget) {
    Columns columns;
    try {
      columns = new Lineage(sources, most, budget).trace(query);
    } catch (TooMuch e) {
      write.lineageMissing = e.getMessage();
      return;
    }
    Map<String, List<TableColumnDep>> found = new LinkedHashMap<>();
    List<Object> output = ScalaView.list(query, "output");
    for (int i = 0; i < output.size() && i < names.size(); i++) {
      Set<List<String>> made = columns.get(id(output.get(i)));
      if (made != null && !made.isEmpty()) {
        List<TableColumnDep> deps = new ArrayList<>();
        for (List<String> column : made) {
          deps.add(TableColumnDep.of(column.get(0), column.get(1)));
        }
        found.put(names.get(i), deps);
      }
    }
    write.lineage = found;
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
        Set<List<String>> generated = references(visit.plan, "generator", given);
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
        List<Set<List<String>>> inOrder = new ArrayList<>();
        for (Object attribute : ScalaView.list(visit.children.get(0), "output")) {
          inOrder.add(given.get(id(attribute)));
        }
        common.put(ScalaView.call(visit.plan, "id"), inOrder);
        return kept(visit.plan, given);
      case "CTERelationRef":
        List<Set<List<String>>> defined = common.get(ScalaView.call(visit.plan, "cteId"));
        List<Object> output = ScalaView.list(visit.plan, "output");
        for (int i = 0; defined != null && i < output.size() && i < defined.size(); i++) {
          put(made, output.get(i), defined.get(i));
        }
        return made;
      default:
        return visit.children.isEmpty() ? ofLeaf(visit.plan) : kept(visit.plan, given);
    }
  }

  private Columns ofLeaf(Object plan) {
    Columns columns = new Columns();
    Set<String> assets = sources.assetsOf(plan);
    if (assets == null) {
      return columns;
    }
    for (Object attribute : ScalaView.list(plan, "output")) {
      Set<List<String>> made = new LinkedHashSet<>();
      for (String asset : assets) {
        made.add(java.util.Arrays.asList(asset, ((NamedExpression) attribute).name()));
      }
      put(columns, attribute, made);
    }
    return columns;
  }

  /** The columns that have passed through a node as they were. */
  private Columns kept(Object plan, Columns given) {
    Columns columns = new Columns();
    for (Object attribute : ScalaView.list(plan, "output")) {
      put(columns, attribute, given.get(id(attribute)));
    }
    return columns;
  }

  private Columns named(Object plan, String expressions, Columns given, Columns made) {
    boolean simple = ScalaView.list(plan, "subqueries").isEmpty();
    for (Object expression : ScalaView.list(plan, expressions)) {
      if (simple || !Subqueries.isIn(expression)) {
        put(made, expression, references(expression, given));
      }
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
      Set<List<String>> all = new LinkedHashSet<>();
      for (List<Object> projection : projections) {
        Set<List<String>> one = references(projection.get(i), given);
        all = one == null || all == null ? null : joined(all, one);
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
      Set<List<String>> all = new LinkedHashSet<>();
      for (int child = 0; child < children && all != null; child++) {
        checkBudget();
        Set<List<String>> one = visit.done.get(child).get(id(outputs.get(child).get(i)));
        all = one == null ? null : joined(all, one);
      }
      put(made, output.get(i), all);
    }
    return made;
  }

  private Set<List<String>> references(Object plan, String expression, Columns given) {
    Object made = ScalaView.call(plan, expression);
    return Subqueries.isIn(made) ? null : references(made, given);
  }

  /** Null where one of the columns in the expression is not known. */
  private Set<List<String>> references(Object expression, Columns given) {
    Set<List<String>> all = new LinkedHashSet<>();
    for (Object attribute : ScalaView.list(expression, "references")) {
      checkBudget();
      Set<List<String>> one = given.get(id(attribute));
      if (one == null || all.size() > MOST_SOURCES) {
        return null;
      }
      all.addAll(one);
    }
    return all;
  }

  private static Set<List<String>> joined(Set<List<String>> a, Set<List<String>> b) {
    Set<List<String>> all = new LinkedHashSet<>(a);
    all.addAll(b);
    return all.size() > MOST_SOURCES ? null : all;
  }

  private void put(Columns columns, Object named, Set<List<String>> made) {
    checkBudget();
    if (made != null) {
      columns.put(id(named), made);
    }
  }

  private static Long id(Object named) {
    return ((NamedExpression) named).exprId().id();
  }
}
