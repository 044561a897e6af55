package dagsterpipes.instrument;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;

/**
 * The columns of one node of a plan, by Catalyst's ids, which no two columns share. For one thread.
 */
final class PlanColumns {
  private static final Column NOT_FOUND =
      Column.unknown("it is made from something that is not found in the plan");

  private final Map<Long, Column> byId = new LinkedHashMap<>();

  static Long id(Object named) {
    return ((NamedExpression) named).exprId().id();
  }

  boolean has(Object attribute) {
    return byId.containsKey(id(attribute));
  }

  Column of(Object attribute) {
    return byId.getOrDefault(id(attribute), NOT_FOUND);
  }

  /** If two sides of a node both have the column, a known one stays. */
  void put(Object named, Column column) {
    put(id(named), column);
  }

  /** This one, with the others added. */
  PlanColumns and(PlanColumns others) {
    others.byId.forEach(this::put);
    return this;
  }

  private void put(Long id, Column column) {
    if (column.isKnown() || !byId.containsKey(id)) {
      byId.put(id, column);
    }
  }
}
