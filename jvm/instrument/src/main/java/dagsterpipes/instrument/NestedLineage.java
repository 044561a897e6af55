package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/**
 * Expressions that make a struct, an array of structs or a map, or take one apart: each field has
 * only its own sources. The fields of an array are those of its elements, and a map has its keys
 * and its values as fields. For one plan and one thread.
 */
final class NestedLineage {
  /** An expression may be deeper than a thread's stack. */
  private static final int MOST_LEVELS = 50;

  private static final int KEYS = 0;
  private static final int VALUES = 1;

  private final ExpressionLineage expressions;
  private int levels;

  NestedLineage(ExpressionLineage expressions) {
    this.expressions = expressions;
  }

  /**
   * The column with its fields, or the column of a field; null if the expression is of another kind
   * or does not tell fields apart.
   */
  Column of(Object made, PlanColumns given) {
    if (levels >= MOST_LEVELS) {
      return null;
    }
    levels++;
    try {
      Column part = part(made, given);
      return part != null || !hasFields(made) ? part : whole(made, given);
    } finally {
      levels--;
    }
  }

  private Column part(Object made, PlanColumns given) {
    switch (ScalaView.kind(made)) {
      case "GetStructField":
      case "GetArrayStructFields":
        return expressions.of(call(made, "child"), given).field((Integer) call(made, "ordinal"));
      case "MapKeys":
        return expressions.of(call(made, "child"), given).field(KEYS);
      case "MapValues":
        return expressions.of(call(made, "child"), given).field(VALUES);
      default:
        return null;
    }
  }

  private Column whole(Object made, PlanColumns given) {
    List<Object> children = ScalaView.list(made, "children");
    switch (ScalaView.kind(made)) {
      case "CreateNamedStruct":
        return Column.struct(all(ScalaView.list(made, "valExprs"), given));
      case "ArraysZip":
        return Column.struct(all(children, given));
      case "CreateMap":
        List<Column> keysAndValues = all(children, given);
        return Column.struct(
            Arrays.asList(everyOther(keysAndValues, 0), everyOther(keysAndValues, 1)));
      case "MapFromArrays":
        return Column.struct(all(children, given));
      case "UpdateFields":
        return updated(made, given);
      case "CreateArray":
      case "Coalesce":
      case "Concat":
        return Column.oneOf(all(children, given));
      case "If":
        return chosen(children, 1, given);
      case "CaseWhen":
        return chosen(children, ScalaView.list(made, "branches").size(), given);
      case "MapEntries":
      case "MapFromEntries":
      case "Cast":
      case "UpCast":
      case "KnownNotNull":
      case "AssertNotNull":
      case "Reverse":
      case "Flatten":
      case "ArrayDistinct":
      case "First":
      case "Last":
      case "AnyValue":
      case "CollectList":
      case "CollectSet":
        return expressions.of(children.get(0), given);
      case "AggregateExpression":
        return expressions.of(call(made, "aggregateFunction"), given);
      case "WindowExpression":
        return expressions.of(call(made, "windowFunction"), given);
      case "ScalarSubquery":
        return expressions.ofSubquery(made, given);
      case "OuterReference":
        return expressions.ofOuter(made);
      case "Lag":
      case "Lead":
        return Column.oneOf(all(Arrays.asList(call(made, "input"), call(made, "default")), given))
            .and(expressions.of(call(made, "offset"), given));
      case "GetArrayItem":
      case "ElementAt":
      case "Slice":
      case "NthValue":
      case "MaxBy":
      case "MinBy":
        return isMap(children.get(0)) ? null : first(children, given);
      default:
        return null;
    }
  }

  private List<Column> all(List<Object> parts, PlanColumns given) {
    List<Column> columns = new ArrayList<>();
    parts.forEach(part -> columns.add(expressions.of(part, given)));
    return columns;
  }

  private static Column everyOther(List<Column> columns, int from) {
    List<Column> some = new ArrayList<>();
    for (int i = from; i < columns.size(); i += 2) {
      some.add(columns.get(i));
    }
    return Column.oneOf(some);
  }

  /** The fields of the first one, each of which the others choose. */
  private Column first(List<Object> children, PlanColumns given) {
    return expressions
        .of(children.get(0), given)
        .and(expressions.ofAll(children.subList(1, children.size()), given));
  }

  /**
   * @param children conditions, each with its value behind it, and perhaps another value
   */
  private Column chosen(List<Object> children, int conditions, PlanColumns given) {
    List<Object> tested = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < children.size(); i++) {
      (i < 2 * conditions && i % 2 == 0 ? tested : values).add(children.get(i));
    }
    return Column.oneOf(all(values, given)).and(expressions.ofAll(tested, given));
  }

  /** A struct with fields that are replaced, added and dropped. */
  private Column updated(Object made, PlanColumns given) {
    Object struct = call(made, "structExpr");
    Column before = expressions.of(struct, given);
    List<String> names = new ArrayList<>();
    List<Column> fields = new ArrayList<>();
    for (String name : ((StructType) ((Expression) struct).dataType()).fieldNames()) {
      fields.add(before.field(names.size()));
      names.add(name.toLowerCase(Locale.ROOT));
    }
    for (Object change : ScalaView.list(made, "fieldOps")) {
      String name = ((String) call(change, "name")).toLowerCase(Locale.ROOT);
      int at = names.indexOf(name);
      if (at != names.lastIndexOf(name)) {
        return null; // letter case may tell them apart
      }
      if (ScalaView.kind(change).equals("WithField")) {
        Column value = expressions.of(call(change, "valExpr"), given);
        if (at < 0) {
          names.add(name);
          fields.add(value);
        } else {
          fields.set(at, value);
        }
      } else if (at >= 0) {
        names.remove(at);
        fields.remove(at);
      }
    }
    return Column.struct(fields);
  }

  private static boolean hasFields(Object expression) {
    return expression instanceof Expression
        && !(expression instanceof Attribute)
        && hasFields(((Expression) expression).dataType());
  }

  private static boolean hasFields(DataType type) {
    return type instanceof StructType
        || type instanceof MapType
        || (type instanceof ArrayType && hasFields(((ArrayType) type).elementType()));
  }

  private static boolean isMap(Object expression) {
    return ((Expression) expression).dataType() instanceof MapType;
  }

  private static Object call(Object target, String name) {
    return ScalaView.call(target, name);
  }
}
