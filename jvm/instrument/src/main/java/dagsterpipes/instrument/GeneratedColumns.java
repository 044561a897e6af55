package dagsterpipes.instrument;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that a Delta table computes from others of the same row ({@code GENERATED ALWAYS
 * AS}). The plan of a write has them only if its query does. Without state.
 */
final class GeneratedColumns {
  /** Delta's name of the expression in the metadata of a column. */
  private static final String EXPRESSION = "delta.generationExpression";

  private GeneratedColumns() {}

  /** The lineage of a write, and that of the columns which its table computes. */
  static ColumnLineage addedTo(ColumnLineage lineage, LogicalPlan write) {
    Object relation = ScalaView.callIfThere(write, "table");
    Object table = relation == null ? null : ScalaView.callIfThere(relation, "table");
    if (table == null || !ScalaView.kind(table).equals("DeltaTableV2")) {
      return lineage;
    }
    // The snapshot has been read for the write.
    Object schema =
        ScalaView.callIfThere(ScalaView.callIfThere(table, "initialSnapshot"), "schema");
    if (!lineage.isFollowed() || !(schema instanceof StructType)) {
      return lineage;
    }
    Map<String, Column> byName = new LinkedHashMap<>();
    lineage.columns().forEach((name, column) -> byName.put(name.toLowerCase(Locale.ROOT), column));
    Map<String, Column> columns = new LinkedHashMap<>(lineage.columns());
    for (StructField field : ((StructType) schema).fields()) {
      if (field.metadata().contains(EXPRESSION)
          && !byName.containsKey(field.name().toLowerCase(Locale.ROOT))) {
        columns.put(field.name(), computed(field.metadata().getString(EXPRESSION), byName));
      }
    }
    return ColumnLineage.of(columns);
  }

  private static Column computed(String text, Map<String, Column> byName) {
    Object expression;
    try {
      expression = CatalystSqlParser$.MODULE$.parseExpression(text);
    } catch (Exception e) { // a checked one for Scala only
      return Column.unknown("the table computes it: " + text);
    }
    List<Column> all = new ArrayList<>();
    Deque<Object> open = new ArrayDeque<>();
    open.push(expression);
    while (!open.isEmpty()) {
      Object next = open.pop();
      if (ScalaView.kind(next).equals("UnresolvedAttribute")) {
        String name = (String) ScalaView.list(next, "nameParts").get(0);
        all.add(byName.getOrDefault(name.toLowerCase(Locale.ROOT), Column.CONSTANT));
      } else {
        ScalaView.list(next, "children").forEach(open::push);
      }
    }
    return Column.joined(all);
  }
}
