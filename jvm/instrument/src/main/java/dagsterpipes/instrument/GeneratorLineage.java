package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The sources of the columns that a generator makes. Each of them has only its own inputs if the
 * generator's arguments tell them apart, and all inputs otherwise. For one plan and one thread.
 */
final class GeneratorLineage {
  private final ExpressionLineage expressions;

  GeneratorLineage(ExpressionLineage expressions) {
    this.expressions = expressions;
  }

  /**
   * @param made the number of columns that it makes
   */
  List<Column> of(Object generator, int made, PlanColumns given) {
    List<Object> arguments = ScalaView.list(generator, "children");
    switch (ScalaView.kind(generator)) {
      case "GeneratorOuter":
        return of(ScalaView.call(generator, "child"), made, given);
      case "Stack": // the number of rows, then the values row by row
        return everyNth(arguments.subList(1, arguments.size()), made, given);
      case "JsonTuple": // the document, then a name for each column
        return named(arguments, made, given);
      case "Explode":
        return exploded(arguments.get(0), 0, made, given);
      case "PosExplode":
        return exploded(arguments.get(0), 1, made, given);
      case "Inline":
        return fields(expressions.of(arguments.get(0), given), made);
      default:
        return all(arguments, made, given);
    }
  }

  private List<Column> all(List<Object> arguments, int made, PlanColumns given) {
    return new ArrayList<>(Collections.nCopies(made, expressions.ofAll(arguments, given)));
  }

  private List<Column> everyNth(List<Object> values, int made, PlanColumns given) {
    List<Column> columns = new ArrayList<>();
    for (int column = 0; column < made; column++) {
      List<Object> own = new ArrayList<>();
      for (int i = column; i < values.size(); i += made) {
        own.add(values.get(i));
      }
      columns.add(expressions.ofAll(own, given));
    }
    return columns;
  }

  private List<Column> named(List<Object> arguments, int made, PlanColumns given) {
    if (arguments.size() != made + 1) {
      return all(arguments, made, given);
    }
    List<Column> columns = new ArrayList<>();
    for (Object name : arguments.subList(1, arguments.size())) {
      List<Object> own = new ArrayList<>();
      own.add(arguments.get(0));
      own.add(name);
      columns.add(expressions.ofAll(own, given));
    }
    return columns;
  }

  /** An array has one column; a map has one for its keys and one for its values. */
  private List<Column> exploded(Object collection, int before, int made, PlanColumns given) {
    Column column = expressions.of(collection, given);
    List<Column> columns = new ArrayList<>(Collections.nCopies(before, column));
    if (made == before + 1) {
      columns.add(column);
    } else {
      columns.addAll(fields(column, made - before));
    }
    return columns;
  }

  private static List<Column> fields(Column column, int made) {
    List<Column> columns = new ArrayList<>();
    for (int field = 0; field < made; field++) {
      columns.add(column.field(field));
    }
    return columns;
  }
}
