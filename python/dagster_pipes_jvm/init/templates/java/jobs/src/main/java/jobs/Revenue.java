package jobs;

import static org.apache.spark.sql.functions.sum;

import dagsterpipes.Pipes;
import dagsterpipes.spark.DataFrameReport;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Writes the revenue of each day as Parquet. */
public final class Revenue {
  private Revenue() {}

  static Dataset<Row> byDay(Dataset<Row> orders) {
    return orders.groupBy("day").agg(sum("amount").as("revenue")).orderBy("day");
  }

  public static void main(String[] args) {
    Pipes.run(
        args,
        pipes -> {
          SparkSession spark = SparkSession.builder().getOrCreate();
          String output = pipes.extra("output", String.class);
          Dataset<Row> revenue = byDay(spark.read().parquet(pipes.extra("input", String.class)));
          revenue.write().mode("overwrite").parquet(output);
          DataFrameReport.of(revenue).withPath(output).withPreview(10).report(pipes);
        });
  }
}
