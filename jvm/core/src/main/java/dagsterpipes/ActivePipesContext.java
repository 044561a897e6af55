package dagsterpipes;

import dagsterpipes.capture.TapSettings;
import dagsterpipes.capture.Taps;
import dagsterpipes.context.ContextData;
import dagsterpipes.context.DataProvenance;
import dagsterpipes.context.PartitionKeyRange;
import dagsterpipes.context.TimeWindow;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.JsonTree;
import dagsterpipes.internal.OwnWork;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.report.AssetCheck;
import dagsterpipes.report.AssetMaterialization;
import dagsterpipes.report.LogLevel;
import dagsterpipes.report.Metadata;
import dagsterpipes.report.ThrowableParams;
import dagsterpipes.write.MessageWriterChannel;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The context of a job that Dagster launched. */
final class ActivePipesContext extends PipesContext {
  private final StepFacts step;
  private final Extras extras;
  private final MessageWriterChannel channel;
  private final Runnable onClose;

  /** Orders messages, and keeps every other one from following `closed`. */
  private final Object lock = new Object();

  private final Set<String> materialized = new HashSet<>();
  private volatile boolean closed;

  /** Null until they run. */
  private volatile Taps taps;

  private final PipesLogger logger =
      new PipesLogger() {
        @Override
        public void log(LogLevel level, String message) {
          Map<String, Object> params = new LinkedHashMap<>();
          params.put("message", String.valueOf(message));
          params.put("level", level.name());
          send(PipesMessage.LOG, params);
        }
      };

  /** Sends {@code opened}. */
  ActivePipesContext(
      ContextData data,
      MessageWriterChannel channel,
      Map<String, Object> openedExtras,
      Runnable onClose) {
    this.step = new StepFacts(data);
    this.extras = new Extras(data.extras());
    this.channel = channel;
    this.onClose = onClose;
    send(PipesMessage.OPENED, Collections.singletonMap("extras", openedExtras));
  }

  /** Takes in what is printed and logged, from now until the session closes. */
  void startTaps(TapSettings settings) {
    taps = Taps.start(settings, channel, this::sendTapped);
  }

  @Override
  public boolean isDagsterPipesProcess() {
    return true;
  }

  @Override
  public boolean isAssetStep() {
    return step.data().assetKeys() != null;
  }

  @Override
  public String assetKey() {
    return step.singleAsset("assetKey");
  }

  @Override
  public List<String> assetKeys() {
    return step.ofAssets(step.data().assetKeys(), "assetKeys");
  }

  @Override
  public DataProvenance provenance() {
    return provenanceByAssetKey("provenance").get(step.singleAsset("provenance"));
  }

  @Override
  public Map<String, DataProvenance> provenanceByAssetKey() {
    return provenanceByAssetKey("provenanceByAssetKey");
  }

  @Override
  public String codeVersion() {
    return codeVersionByAssetKey("codeVersion").get(step.singleAsset("codeVersion"));
  }

  @Override
  public Map<String, String> codeVersionByAssetKey() {
    return codeVersionByAssetKey("codeVersionByAssetKey");
  }

  @Override
  public boolean isPartitionStep() {
    return step.data().partitionKeyRange() != null;
  }

  @Override
  public String partitionKey() {
    return step.singlePartition("partitionKey");
  }

  @Override
  public PartitionKeyRange partitionKeyRange() {
    return step.ofPartitions(step.data().partitionKeyRange(), "partitionKeyRange");
  }

  @Override
  public TimeWindow partitionTimeWindow() {
    step.ofPartitions(step.data().partitionKeyRange(), "partitionTimeWindow");
    return step.data().partitionTimeWindow();
  }

  @Override
  public String runId() {
    return step.data().runId();
  }

  @Override
  public String jobName() {
    return step.data().jobName();
  }

  @Override
  public int retryNumber() {
    return step.data().retryNumber();
  }

  @Override
  public Map<String, Object> extras() {
    return extras.all();
  }

  @Override
  public Object extra(String key) {
    return extras.get(key);
  }

  @Override
  public <T> T extra(String key, Class<T> type) {
    return extras.get(key, type);
  }

  @Override
  public <T> T extraOr(String key, T fallback) {
    return extras.getOr(key, fallback);
  }

  @Override
  public PipesLogger log() {
    return logger;
  }

  @Override
  public void reportAssetMaterialization(AssetMaterialization materialization) {
    String call = "reportAssetMaterialization";
    String key = step.reportedAsset(materialization.assetKey(), call);
    Map<String, Object> params = new LinkedHashMap<>();
    params.put("asset_key", key);
    params.put("data_version", materialization.dataVersion());
    params.put("metadata", Metadata.toJson(materialization.metadata(), call));
    PipesMessage message = PipesMessage.of(PipesMessage.REPORT_ASSET_MATERIALIZATION, params);
    synchronized (lock) {
      if (materialized.contains(key)) {
        throw Fault.says(
                "Calling `"
                    + call
                    + "` with asset key `"
                    + key
                    + "` is undefined. Asset has already been materialized, so no additional data"
                    + " can be reported for it.")
            .todo("Collect the metadata and report the asset once.")
            .see("asset-keys")
            .exception();
      }
      send(message);
      materialized.add(key); // not before: a report that could not be sent may be tried again
    }
  }

  @Override
  public void reportAssetCheck(AssetCheck check) {
    String call = "reportAssetCheck";
    Map<String, Object> params = new LinkedHashMap<>();
    params.put("asset_key", step.reportedAsset(check.assetKey(), call));
    params.put("check_name", required(check.checkName(), "checkName", call));
    params.put("passed", check.passed());
    params.put("metadata", Metadata.toJson(check.metadata(), call));
    params.put("severity", required(check.severity(), "severity", call).name());
    send(PipesMessage.REPORT_ASSET_CHECK, params);
  }

  @Override
  public void reportCustomMessage(Object payload) {
    try {
      send(
          PipesMessage.REPORT_CUSTOM_MESSAGE,
          Collections.singletonMap("payload", JsonTree.of(payload, "payload")));
    } catch (JsonTree.Unsendable e) {
      throw Fault.value(e.path(), "reportCustomMessage")
          .expected(
              "a string, boolean, number, null, or a list or map of these", e.found(), Fault.JOB)
          .todo("Convert it first, with toString() for example.")
          .see("metadata")
          .exception();
    }
  }

  @Override
  public void close(Throwable failure) {
    Taps running = taps;
    if (running != null) {
      running.close();
    }
    // Outside of the lock: threads that still report shall fail at once, not wait for the network
    // first.
    if (!sayClosed(failure)) {
      return;
    }
    try {
      channel.close();
    } finally {
      onClose.run();
    }
  }

  /** False where another call has closed the session. */
  private boolean sayClosed(Throwable failure) {
    Map<String, Object> params =
        failure == null
            ? Collections.<String, Object>emptyMap()
            : Collections.<String, Object>singletonMap("exception", ThrowableParams.of(failure));
    synchronized (lock) {
      if (closed) {
        return false;
      }
      try {
        send(PipesMessage.CLOSED, params);
      } catch (RuntimeException e) {
        closed = true;
        abandon(e);
        throw e;
      }
      closed = true;
      return true;
    }
  }

  /** Where even `closed` could not be written: what is under way is still worth delivering. */
  private void abandon(RuntimeException first) {
    try {
      channel.close();
    } catch (RuntimeException second) {
      first.addSuppressed(second);
    } finally {
      onClose.run();
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  private void send(String method, Map<String, ?> params) {
    send(
        PipesMessage.of(
            method,
            params)); // encoded before the lock is taken: threads do not wait for each other's JSON
  }

  private void send(PipesMessage message) {
    synchronized (lock) {
      if (closed) {
        throw Fault.says("Cannot send message after pipes context is closed.")
            .expected(
                "an open session",
                "a message `" + message.method() + "` after the session was closed",
                Fault.JOB)
            .todo(
                "Report before Pipes.run's body ends or close() is called, and wait there for"
                    + " threads that report.")
            .see("not-closed")
            .exception();
      }
      Taps running = taps;
      if (running != null) {
        running.flush(); // what was printed before the call comes before it
      }
      write(message);
    }
  }

  private void sendTapped(Supplier<PipesMessage> next) {
    synchronized (lock) {
      PipesMessage message = closed ? null : next.get();
      if (message != null) {
        write(message);
      }
    }
  }

  private void write(PipesMessage message) {
    OwnWork.enter();
    try {
      channel.write(message);
    } finally {
      OwnWork.leave();
    }
  }

  private Map<String, DataProvenance> provenanceByAssetKey(String name) {
    return step.ofAssets(step.data().provenanceByAssetKey(), name);
  }

  private Map<String, String> codeVersionByAssetKey(String name) {
    return step.ofAssets(step.data().codeVersionByAssetKey(), name);
  }

  private static <T> T required(T value, String parameter, String call) {
    if (value != null) {
      return value;
    }
    throw Fault.value(parameter, call)
        .expected("a value", "null", Fault.JOB)
        .todo("Pass one.")
        .see("metadata")
        .exception();
  }
}
