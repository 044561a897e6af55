package dagsterpipes.bench;

import dagsterpipes.Pipes;
import dagsterpipes.report.AssetMaterialization;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The same work on Spark with and without reports. Arguments: {@code bare} or {@code reporting},
 * and the directory that is written to.
 */
public final class SparkWork {
  private static final long ROWS = 2_000_000;

  private SparkWork() {}

  public static void main(String[] args) {
    if ("bare".equals(args[0])) {
      work(args[1]);
    } else {
      Reporting.main(args); // a class of its own: what is not used is not loaded
    }
  }

  private static long work(String path) {
    SparkSession spark = SparkSession.builder().getOrCreate();
    Dataset<Row> groups = spark.range(ROWS).selectExpr("id % 1000 as k", "id").groupBy("k").count();
    groups.write().mode("overwrite").parquet(path);
    long count = spark.read().parquet(path).count();
    spark.stop();
    return count;
  }

  private static final class Reporting {
    public static void main(String[] args) {
      Pipes.run(
          args,
          pipes -> {
            pipes.log().info("working");
            long rows = work(args[1]);
            pipes.reportAssetMaterialization(
                AssetMaterialization.empty().withMetadata("rows", rows));
          });
    }
  }
}
