package dagsterpipes;

import dagsterpipes.context.DataProvenance;
import dagsterpipes.context.PartitionKeyRange;
import dagsterpipes.context.TimeWindow;
import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.report.AssetCheck;
import dagsterpipes.report.AssetMaterialization;
import dagsterpipes.report.LogLevel;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The context of a job that runs without Dagster: reports go nowhere, questions without an answer
 * throw.
 */
final class InactivePipesContext extends PipesContext {
  private final Runnable onClose;
  private volatile boolean closed;

  private final PipesLogger logger =
      new PipesLogger() {
        @Override
        public void log(LogLevel level, String message) {}
      };

  /**
   * @param onClose called at the first close
   */
  InactivePipesContext(Runnable onClose) {
    this.onClose = onClose;
  }

  @Override
  public boolean isDagsterPipesProcess() {
    return false;
  }

  @Override
  public boolean isAssetStep() {
    return false;
  }

  @Override
  public String assetKey() {
    throw unknown("assetKey");
  }

  @Override
  public List<String> assetKeys() {
    throw unknown("assetKeys");
  }

  @Override
  public DataProvenance provenance() {
    throw unknown("provenance");
  }

  @Override
  public Map<String, DataProvenance> provenanceByAssetKey() {
    throw unknown("provenanceByAssetKey");
  }

  @Override
  public String codeVersion() {
    throw unknown("codeVersion");
  }

  @Override
  public Map<String, String> codeVersionByAssetKey() {
    throw unknown("codeVersionByAssetKey");
  }

  @Override
  public boolean isPartitionStep() {
    return false;
  }

  @Override
  public String partitionKey() {
    throw unknown("partitionKey");
  }

  @Override
  public PartitionKeyRange partitionKeyRange() {
    throw unknown("partitionKeyRange");
  }

  @Override
  public TimeWindow partitionTimeWindow() {
    throw unknown("partitionTimeWindow");
  }

  @Override
  public String runId() {
    throw unknown("runId");
  }

  @Override
  public String jobName() {
    return null;
  }

  @Override
  public int retryNumber() {
    return 0;
  }

  @Override
  public Map<String, Object> extras() {
    return Collections.emptyMap();
  }

  @Override
  public Object extra(String key) {
    throw Fault.says("Extra `" + key + "` is undefined.")
        .todo(
            "This process was not launched by a Dagster orchestration process, so there are no"
                + " extras. For a job that also runs alone, use extraOr(\""
                + key
                + "\", fallback).")
        .see("context")
        .exception();
  }

  @Override
  public <T> T extra(String key, Class<T> type) {
    extra(key);
    return null;
  }

  @Override
  public <T> T extraOr(String key, T fallback) {
    return fallback;
  }

  @Override
  public PipesLogger log() {
    return logger;
  }

  @Override
  public void reportAssetMaterialization(AssetMaterialization materialization) {}

  @Override
  public void reportAssetCheck(AssetCheck check) {}

  @Override
  public void reportCustomMessage(Object payload) {}

  @Override
  public <T extends Throwable> T failed(T thrown) {
    return thrown;
  }

  @Override
  public void close(Throwable failure) {
    if (!closed) {
      closed = true;
      onClose.run();
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  private static PipesException unknown(String name) {
    return Fault.says("`" + name + "` is undefined.")
        .todo(
            "This process was not launched by a Dagster orchestration process. For a job that also"
                + " runs alone, ask isDagsterPipesProcess() first.")
        .see("context")
        .exception();
  }
}
