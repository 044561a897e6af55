package dagsterpipes.spark;

import dagsterpipes.PipesContext;
import dagsterpipes.internal.Fault;
import dagsterpipes.report.MetadataValue;
import dagsterpipes.report.TableColumn;
import dagsterpipes.report.TableSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;

/**
 * A DataFrame's schema, first rows and number of rows as metadata; {@link DataFrameReport} makes a
 * materialization of them.
 *
 * <p>A method that runs a Spark job says so in its first line. The results are those of {@code
 * dagster_pipes_jvm.pyspark}, value by value.
 *
 * <p>For Spark 3.3 and later and 4.x, whatever its Scala: reaches no method whose signature holds a
 * Scala collection or a SparkSession, since those differ between versions. Thread-safe; exceptions
 * of Spark pass through unchanged.
 */
public final class DataFrames {
  private static final int PREVIEW_ROWS = 20;

  private DataFrames() {}

  /**
   * The columns: name, type as Spark SQL writes it ({@code bigint}, {@code array<string>}), whether
   * nulls are allowed, and the column's comment as description. Runs no Spark job.
   */
  public static MetadataValue tableSchema(Dataset<?> data) {
    List<TableColumn> columns = new ArrayList<>();
    for (StructField field : data.schema().fields()) {
      TableColumn column =
          TableColumn.of(field.name(), typeOf(field)).withNullable(field.nullable());
      // As StructField.getComment does; that one returns a Scala type.
      if (field.metadata().contains("comment")) {
        column = column.withDescription(field.metadata().getString("comment"));
      }
      columns.add(column);
    }
    return MetadataValue.tableSchema(TableSchema.of(columns));
  }

  /**
   * The key of the number of all rows in this step's metadata. It is {@code dagster/row_count}, and
   * {@code dagster/partition_row_count} in a step of one partition, as Dagster requires. In a step
   * of several partitions it is {@code spark/range_row_count}, because Dagster attaches a report to
   * each of them.
   */
  public static String rowCountKey(PipesContext pipes) {
    if (!pipes.isPartitionStep()) {
      return "dagster/row_count";
    }
    return pipes.partitionKeyRange().isOnePartition()
        ? "dagster/partition_row_count"
        : "spark/range_row_count";
  }

  /** The first 20 rows as a table, see {@link #table(Dataset, int)}. Runs a Spark job. */
  public static MetadataValue table(Dataset<?> data) {
    return table(data, PREVIEW_ROWS);
  }

  /**
   * The first rows as a table. Runs a Spark job, and takes whatever rows come first: sort the data
   * if that matters.
   *
   * <p>Cells hold JSON values:
   *
   * <ul>
   *   <li>Numbers, booleans and strings are unchanged.
   *   <li>Dates and timestamps are text in the session's time zone.
   *   <li>Decimals are numbers if a double prints as the same, else text.
   *   <li>Binary is base64.
   *   <li>Arrays, maps, structs and variants are the text of their JSON, with their nulls.
   * </ul>
   *
   * @param rows at least 1; each row is held in memory and sent in one message, so keep it to a
   *     preview
   * @throws dagsterpipes.errors.PipesException where it is below 1
   */
  public static MetadataValue table(Dataset<?> data, int rows) {
    if (rows < 1) {
      throw Fault.value("rows", "DataFrames.table")
          .expected("a number of rows, at least 1", String.valueOf(rows), Fault.JOB)
          .todo("Say how many rows to show, 20 for example.")
          .see("metadata")
          .exception();
    }
    StructField[] fields = data.schema().fields();
    List<TableColumn> columns = new ArrayList<>();
    for (StructField field : fields) {
      columns.add(TableColumn.of(field.name(), typeOf(field)));
    }
    List<Map<String, Object>> records = new ArrayList<>();
    for (Row row : cells(data, fields).takeAsList(rows)) {
      Map<String, Object> record = new LinkedHashMap<>();
      for (int i = 0; i < fields.length; i++) {
        record.put(fields[i].name(), row.get(i));
      }
      records.add(record);
    }
    return MetadataValue.table(columns, records);
  }

  /**
   * The number of rows. Runs a Spark job over all of the data; where it is written anyway, {@code
   * org.apache.spark.sql.Observation} counts in passing.
   */
  public static MetadataValue rowCount(Dataset<?> data) {
    return MetadataValue.intValue(data.count());
  }

  /**
   * Reports a materialization of the step's only asset, with the DataFrame's schema. Runs no Spark
   * job. For more than that see {@link DataFrameReport}.
   *
   * @param path where the data were written, {@code dagster/uri}; null: not said
   * @throws dagsterpipes.errors.PipesException as {@link PipesContext#reportAssetMaterialization(
   *     dagsterpipes.report.AssetMaterialization)}
   */
  public static void reportDataFrame(PipesContext pipes, Dataset<?> data, String path) {
    DataFrameReport.of(data).withPath(path).report(pipes);
  }

  /**
   * Renames columns to c0, c1... first, since names can hold dots and back-quotes and can occur
   * twice.
   */
  private static Dataset<Row> cells(Dataset<?> data, StructField[] fields) {
    String[] names = new String[fields.length];
    for (int i = 0; i < names.length; i++) {
      names[i] = "c" + i;
    }
    Dataset<Row> renamed = data.toDF(names);
    Column[] columns = new Column[fields.length];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = Cells.toSpark(renamed.col(names[i]), fields[i].dataType()).as(names[i]);
    }
    return renamed.select(columns);
  }

  private static String typeOf(StructField field) {
    DataType type = field.dataType();
    // Not simpleString(), which cuts off structs of more than 25 fields.
    return type.catalogString();
  }
}
