package dagsterpipes.instrument;

import dagsterpipes.report.MetadataValue;
import dagsterpipes.report.TableColumn;
import dagsterpipes.report.TableColumnDep;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was written as metadata of one asset, under Dagster's own keys where it has one
 * (dagster/_core/definitions/metadata/metadata_set.py) and under {@code spark/} else.
 */
final class WriteMetadata {
  private WriteMetadata() {}

  /**
   * @param places one for each place, in the order of their last writes; the last one is shown
   * @param partition whether the step makes a partition of the asset
   */
  static Map<String, Object> of(List<Write> places, boolean partition) {
    Write last = places.get(places.size() - 1);
    Map<String, Object> metadata = new LinkedHashMap<>();
    if (last.rows != null) {
      if (last.whole) {
        metadata.put(partition ? "dagster/partition_row_count" : "dagster/row_count", last.rows);
      }
      metadata.put("spark/rows_written", last.rows);
    }
    last.changes.forEach((change, count) -> metadata.put("spark/rows_" + change, count));
    putIfKnown(metadata, "spark/bytes_written", last.bytes);
    putIfKnown(metadata, "spark/files_written", last.files);
    putIfKnown(metadata, "spark/partitions_written", last.partitions);
    if (last.partitionColumns != null && !last.partitionColumns.isEmpty()) {
      metadata.put("spark/partition_columns", String.join(", ", last.partitionColumns));
    }
    putIfKnown(metadata, "spark/format", last.format);
    putIfKnown(metadata, "spark/mode", last.mode);
    putIfKnown(metadata, "dagster/table_name", last.table);
    putIfKnown(metadata, "dagster/uri", last.path);
    if (last.schema != null) {
      metadata.put("dagster/column_schema", MetadataValue.tableSchema(last.schema));
    }
    if (last.lineage != null && !last.lineage.isEmpty()) {
      metadata.put("dagster/column_lineage", MetadataValue.tableColumnLineage(last.lineage));
      metadata.put("spark/column_lineage", lineageTable(last.lineage));
    }
    putIfKnown(metadata, "spark/lineage_left_out", last.lineageMissing);
    if (places.size() > 1) {
      metadata.put("spark/writes", table(places));
    }
    return metadata;
  }

  private static void putIfKnown(Map<String, Object> metadata, String key, Object value) {
    if (value != null) {
      metadata.put(key, value);
    }
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
      record.put("destination", write.destination());
      record.put("format", write.format);
      record.put("mode", write.mode);
      record.put("rows", write.rows);
      record.put("bytes", write.bytes);
      record.put("files", write.files);
      records.add(record);
    }
    return MetadataValue.table(columns, records);
  }
}
