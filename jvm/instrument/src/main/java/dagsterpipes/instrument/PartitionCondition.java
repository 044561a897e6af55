package dagsterpipes.instrument;

import java.time.LocalDate;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Conditions that are one partition: {@code day = '2013-01-01' AND region = 'us'}. Without state.
 */
final class PartitionCondition {
  /** Types whose values have one text. */
  private static final Set<DataType> PLAIN =
      Collections.unmodifiableSet(
          new HashSet<>(
              Arrays.asList(
                  DataTypes.StringType,
                  DataTypes.ByteType,
                  DataTypes.ShortType,
                  DataTypes.IntegerType,
                  DataTypes.LongType)));

  private PartitionCondition() {}

  /** The value of each column; null for a condition of another kind. */
  static Map<String, String> values(Expression condition) {
    List<Object> parts = ScalaView.list(condition, "children");
    switch (ScalaView.kind(condition)) {
      case "And":
        Map<String, String> all = new LinkedHashMap<>();
        for (Object part : parts) {
          Map<String, String> values = values((Expression) part);
          if (values == null || !Collections.disjoint(all.keySet(), values.keySet())) {
            return null;
          }
          all.putAll(values);
        }
        return all;
      case "EqualTo":
      case "EqualNullSafe":
        String column = name(parts.get(0));
        String value = value((Expression) parts.get(1));
        if (column == null) {
          column = name(parts.get(1));
          value = value((Expression) parts.get(0));
        }
        return column == null || value == null ? null : Collections.singletonMap(column, value);
      default:
        return null;
    }
  }

  /**
   * Whether all rows of a command's query have these values: its query sets them, as that of an
   * INSERT with a PARTITION clause does.
   */
  static boolean isKept(Map<String, String> values, LogicalPlan command) {
    Object query = ScalaView.call(command, "query");
    if (values == null || !ScalaView.kind(query).equals("Project")) {
      return false;
    }
    Map<String, String> constants = new LinkedHashMap<>();
    List<Object> targets = ScalaView.list(ScalaView.call(command, "table"), "output");
    List<Object> columns = ScalaView.list(query, "projectList");
    boolean byName = Boolean.TRUE.equals(ScalaView.callIfThere(command, "isByName"));
    for (int i = 0; i < columns.size(); i++) {
      if (ScalaView.kind(columns.get(i)).equals("Alias")) {
        Object named = byName || targets.size() != columns.size() ? columns.get(i) : targets.get(i);
        String value = value((Expression) ScalaView.call(columns.get(i), "child"));
        constants.put((String) ScalaView.call(named, "name"), value);
      }
    }
    return values.entrySet().stream()
        .allMatch(entry -> entry.getValue().equals(constants.get(entry.getKey())));
  }

  /** Null for anything but a column. */
  private static String name(Object expression) {
    switch (ScalaView.kind(expression)) {
      case "AttributeReference":
        return (String) ScalaView.call(expression, "name");
      case "UnresolvedAttribute":
        List<Object> parts = ScalaView.list(expression, "nameParts");
        return parts.size() == 1 ? (String) parts.get(0) : null;
      default:
        return null;
    }
  }

  /** A constant as Spark writes it into a folder's name; null for anything else. */
  private static String value(Expression expression) {
    boolean isCast = expression instanceof Cast;
    Expression inside = isCast ? ((Cast) expression).child() : expression;
    if (!(inside instanceof Literal) || ((Literal) inside).value() == null) {
      return null;
    }
    Object value = ((Literal) inside).value();
    if (inside.dataType().equals(DataTypes.DateType)) {
      return LocalDate.ofEpochDay((Integer) value).toString();
    }
    return PLAIN.contains(inside.dataType()) ? value.toString() : null;
  }
}
