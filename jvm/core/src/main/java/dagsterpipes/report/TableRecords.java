package dagsterpipes.report;

import dagsterpipes.internal.Fault;
import dagsterpipes.internal.JsonTree;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of a table: Dagster takes scalars only, and says so where the job no longer hears it.
 */
final class TableRecords {
  private TableRecords() {}

  static List<Object> checked(List<? extends Map<String, ?>> records) {
    List<Object> rows = new ArrayList<>();
    for (Map<String, ?> record : records) {
      Map<String, Object> row = new LinkedHashMap<>();
      for (Map.Entry<String, ?> cell : record.entrySet()) {
        row.put(
            cell.getKey(),
            scalar(cell.getValue(), "records[" + rows.size() + "]." + cell.getKey()));
      }
      rows.add(row);
    }
    return rows;
  }

  private static Object scalar(Object value, String path) {
    String found = Fault.typeOf(value);
    try {
      if (!(value instanceof Map || value instanceof Collection || value instanceof Object[])) {
        return JsonTree.of(value, path);
      }
    } catch (JsonTree.Unsendable e) {
      found = e.found();
    }
    throw Fault.value(path, "MetadataValue.table")
        .expected("a string, number, boolean or null", found, Fault.JOB)
        .todo(
            "Convert the cell with toString(), or send the whole table with"
                + " MetadataValue.json(...).")
        .see("metadata")
        .exception();
  }
}
