package dagsterpipes;

import dagsterpipes.context.ContextData;
import dagsterpipes.context.DataProvenance;
import dagsterpipes.context.PartitionKeyRange;
import dagsterpipes.context.TimeWindow;
import dagsterpipes.internal.Fault;
import dagsterpipes.json.JsonTree;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.report.AssetCheck;
import dagsterpipes.report.AssetMaterialization;
import dagsterpipes.report.LogLevel;
import dagsterpipes.report.Metadata;
import dagsterpipes.report.StackText;
import dagsterpipes.report.ThrowableParams;
import dagsterpipes.session.ProcessEnd;
import dagsterpipes.session.Reserve;
import dagsterpipes.session.Session;
import dagsterpipes.session.SessionView;
import dagsterpipes.wire.MessageFields;
import dagsterpipes.wire.Method;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** The context of a job that Dagster launched. */
final class ActivePipesContext extends PipesContext implements SessionView {
  private final StepFacts step;
  private final Extras extras;
  private final Session session;

  /** False for a guest in a session that Python opened: Python says `opened` and `closed`. */
  private final boolean owner;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** A guest's own end; an owner's is the session's. */
  private volatile boolean left;

  private final PipesLogger logger =
      new PipesLogger() {
        @Override
        public void log(LogLevel level, String message) {
          send(PipesMessage.log(level, message));
        }
      };

  ActivePipesContext(ContextData data, Session session, boolean owner) {
    this.step = new StepFacts(data);
    this.extras = new Extras(data.extras());
    this.session = session;
    this.owner = owner;
  }

  void sayOpened(Map<String, Object> openedExtras) {
    send(Method.OPENED, Collections.singletonMap(MessageFields.EXTRAS, openedExtras));
  }

  @Override
  public Map<String, Object> rawContext() {
    return step.data().raw();
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
    params.put(MessageFields.ASSET_KEY, key);
    params.put(MessageFields.DATA_VERSION, materialization.dataVersion());
    params.put(MessageFields.METADATA, Metadata.toJson(materialization.metadata(), call));
    PipesMessage message = PipesMessage.of(Method.REPORT_ASSET_MATERIALIZATION, params);
    refuseAfterLeaving(message);
    session.writeMaterialization(key, message, call);
  }

  @Override
  public void reportAssetCheck(AssetCheck check) {
    String call = "reportAssetCheck";
    Map<String, Object> params = new LinkedHashMap<>();
    params.put(MessageFields.ASSET_KEY, step.reportedAsset(check.assetKey(), call));
    params.put(MessageFields.CHECK_NAME, required(check.checkName(), "checkName", call));
    params.put(MessageFields.PASSED, check.passed());
    params.put(MessageFields.METADATA, Metadata.toJson(check.metadata(), call));
    params.put(MessageFields.SEVERITY, required(check.severity(), "severity", call).name());
    send(Method.REPORT_ASSET_CHECK, params);
  }

  @Override
  public void reportCustomMessage(Object payload) {
    try {
      send(
          Method.REPORT_CUSTOM_MESSAGE,
          Collections.singletonMap(MessageFields.PAYLOAD, JsonTree.of(payload, "payload")));
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
  public <T extends Throwable> T failed(T thrown) {
    if (thrown != null && !failure.compareAndSet(null, thrown) && failure.get() != thrown) {
      failure.get().addSuppressed(thrown);
    }
    return thrown;
  }

  @Override
  public void close(Throwable thrown) {
    Reserve.release();
    if (isClosed()) {
      return;
    }
    failed(thrown);
    if (owner) {
      close(session, failure.get());
    } else {
      leave(failure.get());
    }
  }

  private static void close(Session session, Throwable failure) {
    Map<String, Object> params =
        failure == null
            ? Collections.<String, Object>emptyMap()
            : Collections.<String, Object>singletonMap(
                MessageFields.EXCEPTION, ThrowableParams.of(failure));
    try {
      if (session.sayClosed(PipesMessage.of(Method.CLOSED, params))) {
        session.deliver();
      }
    } catch (RuntimeException e) {
      // Even `closed` could not be written. Messages that wait are still worth delivering.
      try {
        session.deliver();
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** Python closes the session, and may catch the failure: this logs it at least. */
  private void leave(Throwable failure) {
    if (failure != null) {
      session.log(LogLevel.ERROR, StackText.of("The JVM's part of this job failed", failure));
    }
    left = true;
  }

  /** In a thread of the shutdown hook. */
  void processEnds(ProcessEnd end) {
    end.warn(session);
    close(end.failure(session));
  }

  @Override
  public boolean isClosed() {
    return left || session.isClosed();
  }

  private void send(String method, Map<String, ?> params) {
    send(
        PipesMessage.of(
            method,
            params)); // encoded before a lock is taken: threads do not wait for each other's JSON
  }

  private void send(PipesMessage message) {
    refuseAfterLeaving(message);
    session.write(message);
  }

  private void refuseAfterLeaving(PipesMessage message) {
    if (left) {
      throw Session.afterClose(message.method());
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
