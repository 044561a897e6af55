package dagsterpipes.instrument;

import dagsterpipes.report.TableColumnDep;
import dagsterpipes.report.TableSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One write that succeeded. Numbers that nobody counted are null. Confined to one thread. */
final class Write {
  /** {@code db.table}, without the name of Spark's own catalog; null: a path only. */
  String table;

  /** As Spark has it, a URI mostly; null where a table's place is not known. */
  String path;

  String format;
  String mode;

  /** Whether what was there before is gone: the rows are all that the destination has. */
  boolean whole;

  /** Whether rows that were there are others now, or gone: nobody knows how many there are. */
  boolean inPlace;

  /** Of a write in place: how many rows were {@code inserted}, {@code updated}, {@code deleted}. */
  final Map<String, Long> changes = new LinkedHashMap<>();

  Long rows;
  Long bytes;
  Long files;

  /** How many partitions got rows; null where the destination has none. */
  Long partitions;

  List<String> partitionColumns;
  TableSchema schema;

  /** For each column that could be traced. */
  Map<String, List<TableColumnDep>> lineage;

  /** Why there is no lineage, null where there is. */
  String lineageMissing;

  String destination() {
    return table != null ? table : path != null ? path : "an unknown place";
  }

  /** Whether it goes to the same place: its numbers then add up, or take the other one's place. */
  boolean isSamePlace(Write other) {
    return table != null && other.table != null
        ? table.equals(other.table)
        : path != null && path.equals(other.path);
  }
}
