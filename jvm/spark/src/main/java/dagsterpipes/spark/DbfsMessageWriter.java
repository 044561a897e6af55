package dagsterpipes.spark;

import dagsterpipes.params.SentParams;
import dagsterpipes.wire.MessagesParams;
import dagsterpipes.write.BlobStoreMessageWriter;
import java.util.Collections;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.spark.SparkEnv;

/**
 * Writes chunks to DBFS through the mount {@code /dbfs} that Databricks clusters have, for {@code
 * dagster_databricks.PipesDbfsMessageReader}, and tells it where the driver's logs are delivered;
 * {@code dagster_pipes.PipesDbfsMessageWriter}.
 */
public final class DbfsMessageWriter extends BlobStoreMessageWriter {
  private static final String TAGS = "spark.databricks.clusterUsageTags.";

  private final String mount;
  private final UnaryOperator<String> sparkConf;

  /** Writes below the mount {@code /dbfs}. */
  public DbfsMessageWriter() {
    this("/dbfs", DbfsMessageWriter::ofRunningSpark);
  }

  DbfsMessageWriter(String mount, UnaryOperator<String> sparkConf) {
    this.mount = mount;
    this.sparkConf = sparkConf;
  }

  @Override
  protected String uri(Map<String, Object> params) {
    String path = SentParams.ofMessages(params, this).string(MessagesParams.PATH);
    return "file://" + mount + (path.startsWith("/") ? path : "/" + path);
  }

  /** {@code cluster_driver_log_root}, where the cluster delivers its logs; else nothing. */
  @Override
  public Map<String, Object> openedExtras() {
    String destination = sparkConf.apply(TAGS + "clusterLogDestination");
    String cluster = sparkConf.apply(TAGS + "clusterId");
    if (!"true".equals(sparkConf.apply(TAGS + "clusterLogDeliveryEnabled"))
        || destination == null
        || cluster == null) {
      return Collections.emptyMap();
    }
    return Collections.singletonMap(
        "cluster_driver_log_root", destination + "/" + cluster + "/driver");
  }

  /** Null where no Spark runs, or where it has no such property. */
  private static String ofRunningSpark(String key) {
    SparkEnv env = SparkEnv.get();
    return env == null ? null : env.conf().get(key, null);
  }
}
