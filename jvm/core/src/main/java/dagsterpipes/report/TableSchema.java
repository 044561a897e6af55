package dagsterpipes.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The columns of a table, in order; what {@link MetadataValue#tableSchema(TableSchema)} shows.
 * Immutable.
 */
public final class TableSchema {
  private final List<TableColumn> columns;

  private TableSchema(List<TableColumn> columns) {
    this.columns = columns;
  }

  /**
   * A schema of these columns, in this order.
   *
   * @throws dagsterpipes.errors.PipesException where a column is null
   */
  public static TableSchema of(TableColumn... columns) {
    return of(Arrays.asList(columns));
  }

  /**
   * A schema of these columns, in this order; the list is copied.
   *
   * @throws dagsterpipes.errors.PipesException where a column is null
   */
  public static TableSchema of(List<TableColumn> columns) {
    for (int i = 0; i < columns.size(); i++) {
      TableColumn column = columns.get(i);
      TableColumn.required(
          column == null ? null : column.name(), "columns[" + i + "]", "TableSchema.of");
    }
    return new TableSchema(Collections.unmodifiableList(new ArrayList<>(columns)));
  }

  /** The columns, in order. Unmodifiable. */
  public List<TableColumn> columns() {
    return columns;
  }

  List<Object> toJson() {
    List<Object> json = new ArrayList<>();
    for (TableColumn column : columns) {
      json.add(column.toJson());
    }
    return json;
  }
}
