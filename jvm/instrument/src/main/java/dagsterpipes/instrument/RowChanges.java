package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Attribute;

/**
 * The sources of the columns of a table whose rows a MERGE, UPDATE or DELETE changes: the values
 * that its clauses assign. A column that keeps its own value gets no source. For one plan and one
 * thread.
 *
 * <p>Delta's commands list the assignments. Spark rewrites those of Iceberg and of other tables of
 * version 2 to a query whose result is written.
 */
final class RowChanges {
  private static final ColumnLineage OTHER =
      ColumnLineage.leftOut("this kind of MERGE, UPDATE or DELETE is not followed");

  private final Lineage plans;
  private final ExpressionLineage expressions;

  /** The names of the table's columns by their ids. */
  private final Map<Long, String> target = new HashMap<>();

  private final Map<String, List<Column>> assigned = new LinkedHashMap<>();

  RowChanges(Lineage plans, ExpressionLineage expressions) {
    this.plans = plans;
    this.expressions = expressions;
  }

  ColumnLineage of(Object plan) {
    try {
      switch (ScalaView.kind(plan)) {
        case "MergeIntoCommand":
          merged(plan);
          break;
        case "UpdateCommand":
          updated(plan);
          break;
        case "DeleteCommand":
          break;
        case "ReplaceData":
        case "WriteDelta":
          isTarget(ScalaView.call(plan, "originalTable"));
          written(ScalaView.call(plan, "query"));
          break;
        default:
          return OTHER;
      }
    } catch (NoSuchMethodError e) {
      return OTHER; // of another version of the table format
    }
    Map<String, Column> columns = new LinkedHashMap<>();
    assigned.forEach((name, values) -> columns.put(name, Column.joined(values)));
    return ColumnLineage.of(columns);
  }

  private void merged(Object plan) {
    isTarget(ScalaView.call(plan, "target"));
    PlanColumns given =
        plans
            .trace(ScalaView.call(plan, "source"))
            .and(plans.trace(ScalaView.call(plan, "target")));
    for (String clauses :
        new String[] {"matchedClauses", "notMatchedClauses", "notMatchedBySourceClauses"}) {
      Object all = ScalaView.callIfThere(plan, clauses); // the last one since Delta 2.3
      for (Object clause : all == null ? new ArrayList<>() : ScalaView.list(all)) {
        for (Object action : ScalaView.list(clause, "actions")) {
          List<Object> name = ScalaView.list(action, "targetColNameParts");
          if (name.size() != 1) {
            throw new NoSuchMethodError("assignments to fields");
          }
          assign((String) name.get(0), ScalaView.call(action, "expr"), given);
        }
      }
    }
  }

  private void updated(Object plan) {
    Object table = ScalaView.call(plan, "target");
    isTarget(table);
    PlanColumns given = plans.trace(table);
    List<Object> columns = ScalaView.list(table, "output");
    List<Object> values = ScalaView.list(plan, "updateExpressions");
    for (int i = 0; i < columns.size(); i++) {
      assign(name(columns.get(i)), values.get(i), given);
    }
  }

  /** The result of this query takes the place of rows of the table. */
  private void written(Object query) {
    List<Object> output = ScalaView.list(query, "output");
    List<Object> children = ScalaView.list(query, "children");
    List<List<Object>> rows = new ArrayList<>();
    switch (ScalaView.kind(query)) {
      case "Union": // of rows that are updated, and rows that stay
        children.forEach(this::written);
        return;
      case "Project":
        rows.add(ScalaView.list(query, "projectList"));
        break;
      case "Expand":
        for (Object projection : ScalaView.list(query, "projections")) {
          rows.add(ScalaView.list(projection));
        }
        break;
      case "MergeRows":
        for (String instructions :
            new String[] {
              "matchedInstructions", "notMatchedInstructions", "notMatchedBySourceInstructions"
            }) {
          for (Object instruction : ScalaView.list(query, instructions)) {
            for (Object row : ScalaView.list(instruction, "outputs")) {
              rows.add(ScalaView.list(row));
            }
          }
        }
        break;
      default: // rows that stay
        return;
    }
    boolean isUpdate = ScalaView.kind(query).equals("Project");
    PlanColumns given = plans.trace(children.get(0));
    for (List<Object> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        String name = name(output.get(i));
        if (target.containsValue(name)) {
          assign(name, isUpdate ? unconditional(name, row.get(i)) : row.get(i), given);
        }
      }
    }
  }

  private void assign(String name, Object value, PlanColumns given) {
    assigned
        .computeIfAbsent(name, column -> new ArrayList<>())
        .add(keeps(name, value) ? Column.CONSTANT : expressions.of(value, given));
  }

  private boolean keeps(String name, Object value) {
    Object made = value;
    while (isAround(made)) {
      made = ScalaView.call(made, "child");
    }
    return made instanceof Attribute && name.equals(target.get(PlanColumns.id(made)));
  }

  /**
   * The assigned value, if Spark has written an UPDATE as {@code if (condition) value else column}.
   */
  private Object unconditional(String name, Object value) {
    Object made = value;
    while (isAround(made)) {
      made = ScalaView.call(made, "child");
    }
    return ScalaView.kind(made).equals("If") && keeps(name, ScalaView.call(made, "falseValue"))
        ? ScalaView.call(made, "trueValue")
        : value;
  }

  private static boolean isAround(Object expression) {
    String kind = ScalaView.kind(expression);
    return kind.equals("Alias") || kind.equals("Cast") || kind.equals("KnownNotNull");
  }

  private void isTarget(Object table) {
    for (Object attribute : ScalaView.list(table, "output")) {
      target.put(PlanColumns.id(attribute), name(attribute));
    }
  }

  private static String name(Object attribute) {
    return ((Attribute) attribute).name();
  }
}
