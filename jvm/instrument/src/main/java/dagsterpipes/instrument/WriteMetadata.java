package dagsterpipes.instrument;

import dagsterpipes.PipesContext;
import dagsterpipes.report.MetadataValue;
import dagsterpipes.report.TableColumn;
import dagsterpipes.report.TableColumnDep;
import dagsterpipes.spark.DataFrames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Turns a write into metadata of one asset. The keys are Dagster's own if it has one
 * (dagster/_core/definitions/metadata/metadata_set.py), and begin with {@code spark/} otherwise.
 * Unknown facts have no key. Without state.
 */
final class WriteMetadata {
  private WriteMetadata() {}

  /**
   * @param places one for each place, in the order of their last writes; the last one is shown
   * @param pipes the session of the step
   */
  static Map<String, Object> of(List<Write> places, PipesContext pipes) {
    Write last = places.get(places.size() - 1);
    Map<String, Object> metadata = new LinkedHashMap<>();
    OptionalLong rows = rowsOfStep(last, pipes);
    putIfKnown(metadata, DataFrames.rowCountKey(pipes), rows);
    if (!rows.isPresent() && last.place().isTableOrFile()) {
      String why = last.placeCounts().whyLeftOut().orElse("the place has several partitions");
      metadata.put("spark/count_left_out", why);
    }
    // Dagster attaches the report of a range to each of its partitions.
    String of = isRange(pipes) ? "spark/range_" : "spark/";
    Counts counts = last.placeCounts().written();
    putIfKnown(metadata, of + "rows_written", counts.rows());
    counts.changes().forEach((change, count) -> metadata.put(of + "rows_" + change, count));
    putIfKnown(metadata, of + "bytes_written", counts.bytes());
    putIfKnown(metadata, of + "files_written", counts.files());
    putIfKnown(metadata, of + "partitions_written", counts.partitions());
    last.partitionColumns()
        .filter(columns -> !columns.isEmpty())
        .ifPresent(columns -> metadata.put("spark/partition_columns", String.join(", ", columns)));
    putIfKnown(metadata, "spark/format", last.place().format());
    putIfKnown(metadata, "spark/mode", last.mode());
    putIfKnown(metadata, "dagster/table_name", last.place().table());
    putIfKnown(metadata, "dagster/uri", last.place().path());
    last.schema()
        .ifPresent(
            schema -> metadata.put("dagster/column_schema", MetadataValue.tableSchema(schema)));
    Map<String, List<TableColumnDep>> lineage = last.lineage().deps();
    if (!lineage.isEmpty()) {
      metadata.put("dagster/column_lineage", MetadataValue.tableColumnLineage(lineage));
      metadata.put("spark/column_lineage", lineageTable(lineage));
    }
    last.lineage().whyLeftOut().ifPresent(reason -> metadata.put("spark/lineage_left_out", reason));
    Map<String, String> leftOut = last.lineage().leftOutColumns();
    if (!leftOut.isEmpty()) {
      metadata.put("spark/lineage_left_out", leftOutTable(leftOut));
    }
    if (places.size() > 1) {
      metadata.put("spark/writes", table(places));
    }
    return metadata;
  }

  /** All rows of the place, or of the step's partition if the place has others. */
  private static OptionalLong rowsOfStep(Write last, PipesContext pipes) {
    PlaceCounts counts = last.placeCounts();
    if (!pipes.isPartitionStep() || isRange(pipes)) {
      return counts.total();
    }
    String key = pipes.partitionKeyRange().start();
    OptionalLong rows = counts.rowsOf(key);
    boolean hasOthers =
        last.partitionColumns().filter(columns -> !columns.isEmpty()).isPresent()
            && counts.written().partitions().orElse(0) != 1
            && !hasFolder(last.place().path(), key);
    return rows.isPresent() || hasOthers ? rows : counts.total();
  }

  /** Whether a folder of the path is that of the partition: {@code /key/} or {@code /day=key/}. */
  private static boolean hasFolder(String path, String key) {
    return path != null
        && Arrays.stream(path.split("/"))
            .anyMatch(folder -> folder.equals(key) || folder.endsWith("=" + key));
  }

  private static boolean isRange(PipesContext pipes) {
    return pipes.isPartitionStep() && !pipes.partitionKeyRange().isOnePartition();
  }

  private static void putIfKnown(Map<String, Object> metadata, String key, String text) {
    if (text != null) {
      metadata.put(key, text);
    }
  }

  private static void putIfKnown(Map<String, Object> metadata, String key, OptionalLong number) {
    number.ifPresent(value -> metadata.put(key, value));
  }

  /**
   * The same once more, since only Dagster+ shows {@code dagster/column_lineage} on an asset's
   * page.
   */
  private static MetadataValue lineageTable(Map<String, List<TableColumnDep>> lineage) {
    List<TableColumn> columns = new ArrayList<>();
    for (String name : new String[] {"column", "from"}) {
      columns.add(TableColumn.of(name, "string"));
    }
    List<Map<String, Object>> records = new ArrayList<>();
    lineage.forEach(
        (column, deps) -> {
          for (TableColumnDep dep : deps) {
            Map<String, Object> record = new LinkedHashMap<>();
            record.put("column", column);
            record.put("from", dep.assetKey() + "." + dep.columnName());
            records.add(record);
          }
        });
    return MetadataValue.table(columns, records);
  }

  private static MetadataValue leftOutTable(Map<String, String> reasons) {
    List<TableColumn> columns = new ArrayList<>();
    for (String name : new String[] {"column", "reason"}) {
      columns.add(TableColumn.of(name, "string"));
    }
    List<Map<String, Object>> records = new ArrayList<>();
    reasons.forEach(
        (column, reason) -> {
          Map<String, Object> record = new LinkedHashMap<>();
          record.put("column", column);
          record.put("reason", reason);
          records.add(record);
        });
    return MetadataValue.table(columns, records);
  }

  private static MetadataValue table(List<Write> places) {
    List<TableColumn> columns = new ArrayList<>();
    for (String name : new String[] {"destination", "format", "mode"}) {
      columns.add(TableColumn.of(name, "string"));
    }
    for (String name : new String[] {"rows", "bytes", "files"}) {
      columns.add(TableColumn.of(name, "bigint"));
    }
    List<Map<String, Object>> records = new ArrayList<>();
    for (Write write : places) {
      Map<String, Object> record = new LinkedHashMap<>();
      record.put("destination", write.place().inWords());
      record.put("format", write.place().format());
      record.put("mode", write.mode());
      record.put("rows", orNull(write.placeCounts().written().rows()));
      record.put("bytes", orNull(write.placeCounts().written().bytes()));
      record.put("files", orNull(write.placeCounts().written().files()));
      records.add(record);
    }
    return MetadataValue.table(columns, records);
  }

  private static Long orNull(OptionalLong number) {
    return number.isPresent() ? (Long) number.getAsLong() : null;
  }
}
