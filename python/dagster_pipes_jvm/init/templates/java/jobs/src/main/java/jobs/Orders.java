package jobs;

import static org.apache.spark.sql.functions.col;

import dagsterpipes.Pipes;
import dagsterpipes.report.MetadataValue;
import dagsterpipes.spark.DataFrames;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Writes the paid orders of a CSV file as Parquet. */
public final class Orders {
  private Orders() {}

  static Dataset<Row> paid(Dataset<Row> orders) {
    return orders.filter(col("status").equalTo("paid")).drop("status");
  }

  public static void main(String[] args) {
    Pipes.run(
        args,
        pipes -> {
          SparkSession spark = SparkSession.builder().getOrCreate();
          String output = pipes.extra("output", String.class);
          String input = pipes.extra("input", String.class);
          Dataset<Row> orders =
              paid(spark.read().option("header", "true").option("inferSchema", "true").csv(input));
          orders.write().mode("overwrite").parquet(output);
          pipes.log().info("wrote " + output);
          Map<String, Object> metadata = new LinkedHashMap<>();
          metadata.put("path", output);
          metadata.put("dagster/row_count", DataFrames.rowCount(orders));
          metadata.put("dagster/column_schema", DataFrames.tableSchema(orders));
          pipes.reportAssetMaterialization(metadata);
          boolean passed = orders.filter(col("customer").isNull()).isEmpty();
          pipes.reportAssetCheck("no_customer_is_missing", passed);
        });
  }
}
