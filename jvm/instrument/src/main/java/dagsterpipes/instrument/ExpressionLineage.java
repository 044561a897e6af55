package dagsterpipes.instrument;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;

/**
 * The columns whose values flow into the value of an expression.
 *
 * <p>Expressions that only choose or order rows do not count: the partition and order keys of a
 * window, the FILTER and the order keys of an aggregate, correlation predicates, EXISTS. The table
 * in docs/zero-code.md has the whole definition. For one plan and one thread.
 */
final class ExpressionLineage {
  private static final Column OTHER_SUBQUERY =
      Column.unknown("it is made by a subquery of a kind that is not followed");

  private final Lineage plans;
  private final NestedLineage nested = new NestedLineage(this);

  ExpressionLineage(Lineage plans) {
    this.plans = plans;
  }

  /** Unknown if one of the columns in the expression is. */
  Column of(Object expression, PlanColumns given) {
    Object made = expression;
    while (ScalaView.kind(made).equals("Alias")) {
      made = ScalaView.call(made, "child");
    }
    if (made instanceof Attribute && given.has(made)) {
      return given.of(made); // with its fields
    }
    Column withFields = nested.of(made, given);
    return withFields != null ? withFields : walk(made, given);
  }

  /** All of these together. */
  Column ofAll(Iterable<?> expressions, PlanColumns given) {
    List<Column> columns = new ArrayList<>();
    for (Object expression : expressions) {
      columns.add(of(expression, given));
    }
    return Column.joined(columns);
  }

  /** The column of the query around a subquery. */
  Column ofOuter(Object reference) {
    return plans.outer(ScalaView.call(reference, "e"));
  }

  Column ofSubquery(Object scalar, PlanColumns given) {
    List<Column> output = plans.subplan(ScalaView.call(scalar, "plan"), given);
    return output.isEmpty() ? Column.CONSTANT : output.get(0);
  }

  /** Without recursion into children: an expression may be deeper than a thread's stack. */
  private Column walk(Object expression, PlanColumns given) {
    Set<SourceColumn> all = new LinkedHashSet<>();
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> open = new ArrayDeque<>();
    open.push(expression);
    while (!open.isEmpty()) {
      Object next = open.pop();
      if (!seen.add(next)) {
        continue;
      }
      plans.checkBudget();
      Column one = made(next, given, expression, open);
      if (!one.isKnown()) {
        return one;
      }
      all.addAll(one.sources());
    }
    return Column.from(all);
  }

  /** The column that a part of an expression is; of an operator its operands are opened instead. */
  private Column made(Object part, PlanColumns given, Object whole, Deque<Object> open) {
    if (part instanceof Attribute) {
      // An aggregate of a typed function also holds attributes of its own buffer.
      return given.has(part) || isReferenced(part, whole) ? given.of(part) : Column.CONSTANT;
    }
    switch (ScalaView.kind(part)) {
      case "OuterReference":
        return ofOuter(part);
      case "ScalarSubquery":
        return ofSubquery(part, given);
      case "ListQuery":
        return Column.joined(plans.subplan(ScalaView.call(part, "plan"), given));
      case "Exists":
      case "SortOrder":
      case "Rank":
      case "DenseRank":
      case "PercentRank":
        return Column.CONSTANT;
      case "WindowExpression":
        open.push(ScalaView.call(part, "windowFunction"));
        return Column.CONSTANT;
      case "AggregateExpression":
        open.push(ScalaView.call(part, "aggregateFunction"));
        return Column.CONSTANT;
      case "GetStructField":
      case "GetArrayStructFields":
      case "MapKeys":
      case "MapValues":
        Column field = nested.of(part, given);
        if (field != null) {
          return field;
        }
        break;
      default:
        if (part instanceof PlanExpression) {
          return OTHER_SUBQUERY;
        }
    }
    List<Object> operands = ScalaView.list(part, "children");
    for (int i = operands.size() - 1; i >= 0; i--) {
      open.push(operands.get(i)); // the first one is on top: sources keep the order of the text
    }
    return Column.CONSTANT;
  }

  private static boolean isReferenced(Object attribute, Object expression) {
    Long id = PlanColumns.id(attribute);
    for (Object reference : ScalaView.list(expression, "references")) {
      if (PlanColumns.id(reference).equals(id)) {
        return true;
      }
    }
    return false;
  }
}
