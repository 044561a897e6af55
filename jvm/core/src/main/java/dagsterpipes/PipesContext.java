package dagsterpipes;

import dagsterpipes.context.DataProvenance;
import dagsterpipes.context.PartitionKeyRange;
import dagsterpipes.context.TimeWindow;
import dagsterpipes.errors.PipesException;
import dagsterpipes.errors.PipesIoException;
import dagsterpipes.report.AssetCheck;
import dagsterpipes.report.AssetMaterialization;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * The Dagster step as its job sees it, and the reports of the job to that step; {@code
 * dagster_pipes.PipesContext}.
 *
 * <p>From {@link Pipes#open()} or {@link Pipes#run}; ends with {@link #close()}. All methods are
 * safe to use from many threads, and messages arrive in the order of the calls. It stays in the
 * driver: a Spark closure that captures it fails with an explanation (the class is Serializable for
 * that alone), and {@code dagsterpipes.spark.TaskReports} reports from tasks.
 *
 * <p>Outside Dagster ({@link #isDagsterPipesProcess()} false) reports and logs do nothing, {@link
 * #extras()} is empty, and what cannot be answered throws.
 *
 * <p>Misuse throws {@link PipesException}, a broken channel {@link PipesIoException}.
 */
public abstract class PipesContext implements AutoCloseable, Serializable {
  // Kryo writes fields in the order of their names: the underscore puts this one first.
  private final Object _driverOnly = DriverOnly.kryoGuard("A PipesContext");

  PipesContext() {}

  private void writeObject(ObjectOutputStream out) throws NotSerializableException {
    throw DriverOnly.refusal("A PipesContext");
  }

  /** False when this process was not launched by Dagster. */
  public abstract boolean isDagsterPipesProcess();

  // ---- the step

  /** Whether the step targets assets. */
  public abstract boolean isAssetStep();

  /**
   * The step's only asset, the parts of its key joined by {@code /}.
   *
   * @throws PipesException where the step targets no asset or several
   */
  public abstract String assetKey();

  /**
   * The step's assets, the parts of each key joined by {@code /}.
   *
   * @throws PipesException where the step targets no asset
   */
  public abstract List<String> assetKeys();

  /**
   * The code and input versions of the last materialization of the step's only asset; null if there
   * was none.
   *
   * @throws PipesException where the step targets no asset or several
   */
  public abstract DataProvenance provenance();

  /**
   * The code and input versions of the last materialization of each asset of the step, by asset
   * key; a value is null if there was none.
   *
   * @throws PipesException where the step targets no asset
   */
  public abstract Map<String, DataProvenance> provenanceByAssetKey();

  /**
   * The {@code code_version} that the step's only asset declares in Dagster; null where it declares
   * none.
   *
   * @throws PipesException where the step targets no asset or several
   */
  public abstract String codeVersion();

  /**
   * The {@code code_version} of each asset of the step, by asset key; a value is null where the
   * asset declares none.
   *
   * @throws PipesException where the step targets no asset
   */
  public abstract Map<String, String> codeVersionByAssetKey();

  /** Whether the step targets partitions. */
  public abstract boolean isPartitionStep();

  /**
   * The key of the step's only partition.
   *
   * @throws PipesException where the step targets no partition or several
   */
  public abstract String partitionKey();

  /**
   * The keys of the step's first and last partition, both included.
   *
   * @throws PipesException where the step targets no partition
   */
  public abstract PartitionKeyRange partitionKeyRange();

  /**
   * The span of time that the step's partitions cover; null where they are not partitions of time.
   *
   * @throws PipesException where the step targets no partition
   */
  public abstract TimeWindow partitionTimeWindow();

  /**
   * The id of the Dagster run, a UUID.
   *
   * @throws PipesException outside Dagster
   */
  public abstract String runId();

  /** The name of the Dagster job that the run belongs to; null where there is none. */
  public abstract String jobName();

  /** How often Dagster has retried the step: 0 in the first attempt. */
  public abstract int retryNumber();

  // ---- extras

  /**
   * The values that the asset's code passed as {@code extras=}: strings, Long, BigInteger, Double,
   * Boolean, List, Map and null.
   */
  public abstract Map<String, Object> extras();

  /**
   * One extra, of a type that {@link #extras()} lists; null where null was sent.
   *
   * @throws PipesException where there is no such extra
   */
  public abstract Object extra(String key);

  /**
   * An extra as a {@code type}: String, a number type, Boolean, List, Map or Object.
   *
   * <p>A whole number becomes any number type that holds it exactly. A number never becomes a
   * string, nor a string a number. Null stays null.
   *
   * @throws PipesException where there is no such extra, or where it does not fit {@code type}
   */
  public abstract <T> T extra(String key, Class<T> type);

  /**
   * The extra as {@code fallback}'s type; {@code fallback} if there is no such extra, or it is
   * null.
   *
   * @param fallback null: the extra as it was sent
   * @throws PipesException where the extra does not fit that type
   */
  public abstract <T> T extraOr(String key, T fallback);

  // ---- reports

  /** Log lines for Dagster's event log. */
  public abstract PipesLogger log();

  /** Reports a materialization of the step's only asset, without metadata. */
  public final void reportAssetMaterialization() {
    reportAssetMaterialization(AssetMaterialization.empty());
  }

  /**
   * Reports a materialization of the step's only asset.
   *
   * @param metadata values as {@link dagsterpipes.report.MetadataValue#of(Object)} takes them;
   *     null: none
   * @throws PipesException as {@link #reportAssetMaterialization(AssetMaterialization)}
   */
  public final void reportAssetMaterialization(Map<String, ?> metadata) {
    reportAssetMaterialization(
        metadata == null
            ? AssetMaterialization.empty()
            : AssetMaterialization.empty().withMetadata(metadata));
  }

  /**
   * Reports a materialization. Each asset can be reported once in a session.
   *
   * @throws PipesException for an asset that is not the step's, no asset where the step has
   *     several, an asset that was reported before, or metadata that cannot be sent
   */
  public abstract void reportAssetMaterialization(AssetMaterialization materialization);

  /** Reports a check of the step's only asset, without metadata. */
  public final void reportAssetCheck(String checkName, boolean passed) {
    reportAssetCheck(AssetCheck.of(checkName, passed));
  }

  /**
   * Reports the result of a check that is declared in Dagster.
   *
   * @throws PipesException for an asset that is not the step's, no asset where the step has
   *     several, or metadata that cannot be sent
   */
  public abstract void reportAssetCheck(AssetCheck check);

  /**
   * Sends a JSON value. The asset's code in Dagster reads it with {@code get_custom_messages()}.
   *
   * @param payload a string, number, boolean, null, or a list or map of these; what {@link
   *     dagsterpipes.report.MetadataValue#of(Object)} takes as text goes as text
   * @throws PipesException for any other value, with the path to it
   */
  public abstract void reportCustomMessage(Object payload);

  // ---- the end

  /**
   * Remembers why the job fails, so that {@link #close()} can report it. The first exception
   * counts; later ones are added to it as suppressed exceptions.
   *
   * @param thrown null: nothing is remembered
   * @return {@code thrown}, so that {@code throw pipes.failed(e)} is one statement
   */
  public abstract <T extends Throwable> T failed(T thrown);

  /**
   * Reports that the job has ended, and why if it {@link #failed}; delivers the messages that still
   * wait. A second call does nothing. If Python code opened the session, only the JVM's part of it
   * ends.
   *
   * <p>It takes at most {@value dagsterpipes.wire.PipesConf#CLOSE_TIMEOUT_MILLIS}, 60000 by
   * default. Messages that a store has not taken by then go to stderr.
   *
   * @throws PipesIoException when the channel does not take the message {@code closed}
   */
  @Override
  public final void close() {
    close(null);
  }

  /**
   * Closes as {@link #close()} does, and reports the reason of a failure, with its causes and
   * stacks.
   *
   * @param failure null: no failure beyond what {@link #failed} was given
   */
  public abstract void close(Throwable failure);

  /**
   * Whether this session has ended: by {@link #close()}, with the process, or by Python code that
   * opened it.
   */
  public abstract boolean isClosed();
}
