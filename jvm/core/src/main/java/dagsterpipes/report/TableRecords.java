package dagsterpipes.report;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.json.JsonTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rows of a table: Dagster takes scalars only, and says so where the job no longer hears it.
 */
final class TableRecords {
  private TableRecords() {}

  static List<Object> checked(List<? extends Map<String, ?>> records) {
    // Dagster refuses records of different names, and with them the whole report.
    Set<String> names = new LinkedHashSet<>();
    for (Map<String, ?> record : records) {
      names.addAll(present(record).keySet());
    }
    List<Object> rows = new ArrayList<>();
    for (Map<String, ?> record : records) {
      Map<String, Object> row = new LinkedHashMap<>();
      for (String name : names) {
        row.put(name, scalar(record.get(name), "records[" + rows.size() + "]." + name));
      }
      rows.add(row);
    }
    return rows;
  }

  private static Map<String, ?> present(Map<String, ?> record) {
    // A raw map from Scala or Java can hold other keys than the type says.
    if (record != null
        && ((Map<?, ?>) record).keySet().stream().allMatch(String.class::isInstance)) {
      return record;
    }
    throw fault(
        "records",
        record == null ? "null in place of a record" : "a column name that is no string");
  }

  private static Object scalar(Object value, String path) {
    Object cell;
    try {
      cell = JsonTree.shown(value, path);
    } catch (JsonTree.Unsendable e) {
      throw fault(path, e.found());
    }
    if (cell instanceof Map || cell instanceof List) {
      throw fault(path, Fault.typeOf(cell));
    }
    return cell;
  }

  private static PipesException fault(String path, String found) {
    return Fault.value(path, "MetadataValue.table")
        .expected("a string, number, boolean or null", found, Fault.JOB)
        .todo(
            "Convert the cell with toString(), or send the whole table with"
                + " MetadataValue.json(...).")
        .see("metadata")
        .exception();
  }
}
