package dagsterpipes.spark;

import dagsterpipes.PipesContext;
import dagsterpipes.report.AssetMaterialization;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.Dataset;

/**
 * A materialization that describes itself by its DataFrame, under the keys that Dagster knows:
 * {@code dagster/column_schema}, {@code dagster/uri}, {@code dagster/table_name}, {@code
 * dagster/row_count}.
 *
 * <pre>{@code
 * orders.write().parquet(path);
 * DataFrameReport.of(orders).withPath(path).withMetadata("mean", 0.5).report(pipes);
 * }</pre>
 *
 * <p>Immutable; every {@code with} method gives a new object. Runs no Spark job unless {@link
 * #withPreview} asks for one; outside Dagster none at all.
 *
 * <p>Source of the keys: {@code dagster/_core/definitions/metadata/metadata_set.py}.
 */
public final class DataFrameReport {
  private final Dataset<?> data;
  private final AssetMaterialization materialization;
  private final Long rowCount;
  private final int previewRows;

  private DataFrameReport(
      Dataset<?> data, AssetMaterialization materialization, Long rowCount, int previewRows) {
    this.data = data;
    this.materialization = materialization;
    this.rowCount = rowCount;
    this.previewRows = previewRows;
  }

  /** A report with the DataFrame's schema alone. */
  public static DataFrameReport of(Dataset<?> data) {
    return new DataFrameReport(data, AssetMaterialization.empty(), null, 0);
  }

  /** The place of the written data: a path or URI, {@code dagster/uri}; null: no such metadata. */
  public DataFrameReport withPath(String path) {
    return withKnown("dagster/uri", path);
  }

  /** The table that the data were written to, {@code dagster/table_name}; null: not said. */
  public DataFrameReport withTableName(String name) {
    return withKnown("dagster/table_name", name);
  }

  /** The number of rows, if the caller knows it. Its key is {@link DataFrames#rowCountKey}. */
  public DataFrameReport withRowCount(long rows) {
    return new DataFrameReport(data, materialization, rows, previewRows);
  }

  /**
   * The first rows as the table {@code preview}, see {@link DataFrames#table}. A Spark job computes
   * them when the report is sent.
   *
   * @param rows 0: no preview and no job; below 0: the report throws
   */
  public DataFrameReport withPreview(int rows) {
    return new DataFrameReport(data, materialization, rowCount, rows);
  }

  /** Adds entries; an entry of the same name, also of those above, is replaced. */
  public DataFrameReport withMetadata(Map<String, ?> entries) {
    return with(materialization.withMetadata(entries));
  }

  /** Adds one entry; an entry of the same name, also of those above, is replaced. */
  public DataFrameReport withMetadata(String name, Object value) {
    return withMetadata(Collections.singletonMap(name, value));
  }

  /** The data version of the asset's new data; null: Dagster makes one. */
  public DataFrameReport withDataVersion(String version) {
    return with(materialization.withDataVersion(version));
  }

  /**
   * The asset that was made, the parts of its key joined by {@code /}; null: the step's only asset.
   */
  public DataFrameReport withAssetKey(String key) {
    return with(materialization.withAssetKey(key));
  }

  /**
   * Reports it.
   *
   * @throws dagsterpipes.errors.PipesException as {@link
   *     PipesContext#reportAssetMaterialization(AssetMaterialization)}
   */
  public void report(PipesContext pipes) {
    if (!pipes.isDagsterPipesProcess()) {
      return; // nor a job for a preview that nobody sees
    }
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("dagster/column_schema", DataFrames.tableSchema(data));
    if (rowCount != null) {
      metadata.put(DataFrames.rowCountKey(pipes), rowCount);
    }
    if (previewRows != 0) {
      metadata.put("preview", DataFrames.table(data, previewRows));
    }
    metadata.putAll(materialization.metadata());
    pipes.reportAssetMaterialization(materialization.withMetadata(metadata));
  }

  private DataFrameReport withKnown(String key, String text) {
    return text == null ? this : withMetadata(key, text);
  }

  private DataFrameReport with(AssetMaterialization changed) {
    return new DataFrameReport(data, changed, rowCount, previewRows);
  }
}
