package dagsterpipes.instrument;

import java.util.Collections;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Reports an unmodified application: {@code
 * spark.plugins.defaultList=dagsterpipes.instrument.PipesPlugin}, which our clients set for {@code
 * SparkJob(instrument=True)}.
 *
 * <p>If the process has no Pipes parameters, or {@code spark.dagster.pipes.instrument.enabled} is
 * false, it does nothing at all. Nothing is thrown into Spark. docs/zero-code.md lists what is
 * seen.
 */
public final class PipesPlugin implements SparkPlugin {
  @Override
  public DriverPlugin driverPlugin() {
    return new Driver();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return null; // everything is seen from the driver
  }

  private static final class Driver implements DriverPlugin {
    private SparkContext spark;

    @Override
    public Map<String, String> init(SparkContext context, PluginContext plugin) {
      spark = context;
      return Collections.emptyMap();
    }

    /** The first call that comes when the application has its id. */
    @Override
    public void registerMetrics(String applicationId, PluginContext plugin) {
      Instrumentation.applicationStarts(spark, applicationId);
    }

    /** Comes after the last event of the application. */
    @Override
    public void shutdown() {
      Instrumentation.applicationEnds(spark);
    }
  }
}
