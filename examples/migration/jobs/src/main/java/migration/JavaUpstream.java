package migration;

import dagsterpipes.Pipes;
import dagsterpipes.report.MetadataValue;
import dagsterpipes.spark.DataFrames;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Writes the flights as Parquet and reports where they are, as {@link Upstream} does in Scala. */
public final class JavaUpstream {
  private JavaUpstream() {}

  public static void main(String[] args) {
    Pipes.run(
        args,
        pipes -> {
          SparkSession spark = SparkSession.builder().getOrCreate();
          String csv = pipes.extra("flights_csv", String.class);
          String output = pipes.extra("output_path", String.class);

          pipes.log().info("reading " + csv);
          Flights.readCsv(spark, csv).write().mode("overwrite").parquet(output);

          // Counted in what was written, not in what was read.
          Dataset<Row> written = spark.read().parquet(output);
          long rows = written.count();
          pipes.log().info("wrote " + rows + " flights to " + output);
          Map<String, Object> metadata = new LinkedHashMap<>();
          metadata.put("path", MetadataValue.path(output));
          metadata.put("rows", rows);
          metadata.put("schema", DataFrames.tableSchema(written));
          pipes.reportAssetMaterialization(metadata);
        });
  }
}
