package dagsterpipes.instrument;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;

/**
 * Whether an expression has a plan of its own inside: what such a plan reads is not among the
 * expression's references. Without state.
 */
final class Subqueries {
  private Subqueries() {}

  static boolean isIn(Object expression) {
    Deque<Object> open = new ArrayDeque<>();
    open.push(expression);
    while (!open.isEmpty()) {
      Object next = open.pop();
      if (next instanceof PlanExpression) {
        return true;
      }
      ScalaView.list(next, "children").forEach(open::push);
    }
    return false;
  }
}
