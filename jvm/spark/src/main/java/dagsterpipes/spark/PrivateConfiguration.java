package dagsterpipes.spark;

import dagsterpipes.wire.PipesConf;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkContext$;
import scala.Option;

/**
 * The Hadoop configuration of our own file system: the job's settings, overridden by the settings
 * that one small put needs.
 *
 * <p>The later one of these wins:
 *
 * <ol>
 *   <li>Hadoop's files on the class path.
 *   <li>Every {@code spark.hadoop.*} system property: spark-submit makes every {@code --conf} one,
 *       so they exist before any session. If a SparkContext runs already, its configuration takes
 *       the place of these two.
 *   <li>{@link #OURS}.
 *   <li>Every {@code spark.dagster.pipes.hadoop.*} system property, by which a user changes ours.
 * </ol>
 */
final class PrivateConfiguration {
  /** Spark's prefix for Hadoop settings. */
  static final String SPARK_PREFIX = "spark.hadoop.";

  private static final Map<String, String> OURS = ours();

  private PrivateConfiguration() {}

  static Configuration fromProcess() {
    Configuration running = ofRunningContext();
    if (running != null) {
      return complete(new Configuration(running), System.getProperties(), System.getenv());
    }
    Configuration conf = new Configuration();
    copy(System.getProperties(), SPARK_PREFIX, conf);
    return complete(conf, System.getProperties(), System.getenv());
  }

  static Configuration complete(
      Configuration conf, Properties properties, Map<String, String> environment) {
    useEndpointOf(environment, conf);
    for (Map.Entry<String, String> entry : OURS.entrySet()) {
      conf.set(entry.getKey(), entry.getValue());
    }
    copy(properties, PipesConf.HADOOP_PREFIX, conf);
    return conf;
  }

  static void copy(Properties properties, String prefix, Configuration conf) {
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(prefix) && name.length() > prefix.length()) {
        conf.set(name.substring(prefix.length()), properties.getProperty(name));
      }
    }
  }

  /**
   * As Spark 3.4+ does for its own configuration, so that the same environment serves the job and
   * us.
   */
  private static void useEndpointOf(Map<String, String> environment, Configuration conf) {
    String url = environment.get("AWS_ENDPOINT_URL_S3");
    if (url == null || url.isEmpty()) {
      url = environment.get("AWS_ENDPOINT_URL");
    }
    if (url != null && !url.isEmpty() && conf.getTrimmed("fs.s3a.endpoint", "").isEmpty()) {
      conf.set("fs.s3a.endpoint", url);
      conf.set("fs.s3a.path.style.access", "true");
    }
  }

  /** Null where no SparkContext runs, or where a future Spark has it elsewhere. */
  private static Configuration ofRunningContext() {
    try {
      return RunningSpark.configuration();
    } catch (LinkageError | RuntimeException e) {
      // No Spark at all, its internals moved, or the context is just being stopped: the system
      // properties say enough.
      return null;
    }
  }

  /** A class of its own, so that the one around it works with Hadoop's client alone. */
  private static final class RunningSpark {
    static Configuration configuration() {
      Option<SparkContext> active = SparkContext$.MODULE$.getActive();
      return active.isEmpty() ? null : active.get().hadoopConfiguration();
    }
  }

  private static Map<String, String> ours() {
    Map<String, String> ours = new LinkedHashMap<>();
    // Hadoop's shutdown hook closes every file system that this does not exempt, before the last
    // chunk is written.
    ours.put("fs.automatic.close", "false");
    // One put is one PUT: no LIST before it (Hadoop 3.3.5+, then the name of 3.4.1+), no DELETE
    // after it (before 3.4).
    ours.put("fs.s3a.create.performance", "true");
    ours.put("fs.s3a.performance.flags", "create");
    ours.put("fs.s3a.directory.marker.retention", "keep");
    // In memory, since a container's disk may be full or read-only. The array is allocated whole:
    // keep it small.
    ours.put("fs.s3a.fast.upload.buffer", "array");
    ours.put("fs.s3a.multipart.size", "8388608");
    // No retries of the SDK: it would wait between two as long as an answer's Retry-After says. The
    // channel retries failed puts, and the context's loader failed reads.
    ours.put("fs.s3a.attempts.maximum", "0");
    // A body that comes slowly. With its unit, which is seconds in 3.3 and milliseconds in 3.4.
    ours.put("fs.s3a.connection.request.timeout", "45s");
    // S3A's own retries above the SDK's: a second one finds the buffer read to its end, and hides
    // the first reason.
    ours.put("fs.s3a.retry.limit", "0");
    ours.put("fs.s3a.retry.throttle.limit", "0");
    ours.put("fs.s3a.connection.timeout", "20000");
    // Hadoop 3.4+ raises anything below 15 s to that, with a warning.
    ours.put("fs.s3a.connection.establish.timeout", "15000");
    // Google's connector looks for objects named like the folders of a new one, before it.
    ours.put("fs.gs.create.items.conflict.check.enable", "false");
    // As for S3A: HDFS's client would wait 15 minutes for a namenode that does not answer, Azure's
    // driver as long for a service that is busy.
    ours.put("ipc.client.connect.max.retries", "2");
    ours.put("ipc.client.connect.max.retries.on.timeouts", "1");
    ours.put("dfs.client.failover.max.attempts", "4");
    ours.put("fs.azure.io.retry.max.retries", "3");
    // A namenode knows a new block some milliseconds after it is written; HDFS's client asks once
    // and
    // then sleeps 0.4 s, for every chunk.
    ours.put("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", "20");
    ours.put("dfs.client.block.write.locateFollowingBlock.retries", "10");
    return Collections.unmodifiableMap(ours);
  }
}
