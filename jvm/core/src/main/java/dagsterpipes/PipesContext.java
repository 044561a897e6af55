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
 * What the job knows about the Dagster step it belongs to, and what it reports to it; {@code
 * dagster_pipes.PipesContext}.
 *
 * <p>From {@link Pipes#open()} or {@link Pipes#run}; ends with {@link #close()}. All methods are
 * safe to use from many threads, and messages arrive in the order of the calls. It stays in the
 * driver: a Spark closure that catches it fails with an explanation (the class is Serializable for
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

  /** The step's asset. Throws where it targets none or several. */
  public abstract String assetKey();

  /** The step's assets, parts of a key joined by {@code /}. Throws where it targets none. */
  public abstract List<String> assetKeys();

  /**
   * What the step's asset was last made from, null if never. Throws where it targets none or
   * several assets.
   */
  public abstract DataProvenance provenance();

  /** By asset key; values can be null. Throws where the step targets no assets. */
  public abstract Map<String, DataProvenance> provenanceByAssetKey();

  /**
   * The code version of the step's asset, null if it has none. Throws where it targets none or
   * several assets.
   */
  public abstract String codeVersion();

  /** By asset key; values can be null. Throws where the step targets no assets. */
  public abstract Map<String, String> codeVersionByAssetKey();

  /** Whether the step targets partitions. */
  public abstract boolean isPartitionStep();

  /** The step's partition. Throws where it targets none or several. */
  public abstract String partitionKey();

  /** First and last partition of the step. Throws where it targets none. */
  public abstract PartitionKeyRange partitionKeyRange();

  /**
   * The step's span of time, null where its partitions are none of time. Throws where it targets no
   * partitions.
   */
  public abstract TimeWindow partitionTimeWindow();

  public abstract String runId();

  /** Null where the run comes from no job. */
  public abstract String jobName();

  /** 0 for the first attempt. */
  public abstract int retryNumber();

  // ---- extras

  /**
   * What the asset's code passed as {@code extras=}: strings, Long, BigInteger, Double, Boolean,
   * List, Map and null.
   */
  public abstract Map<String, Object> extras();

  /** Throws where there is no such extra. */
  public abstract Object extra(String key);

  /**
   * An extra as a {@code type}: String, a number type, Boolean, List, Map or Object.
   *
   * <p>A whole number becomes any number type that holds it exactly; a number never becomes a
   * string or back. Throws where there is no such extra, or where it cannot be that type.
   */
  public abstract <T> T extra(String key, Class<T> type);

  /**
   * The extra as {@code fallback}'s type, or {@code fallback} where there is none or it is null.
   */
  public abstract <T> T extraOr(String key, T fallback);

  // ---- reports

  /** Log lines for Dagster's event log. */
  public abstract PipesLogger log();

  /** Reports that the step's only asset was made, without metadata. */
  public final void reportAssetMaterialization() {
    reportAssetMaterialization(AssetMaterialization.empty());
  }

  /**
   * Reports that the step's only asset was made. Values as {@link
   * dagsterpipes.report.MetadataValue#of(Object)}.
   */
  public final void reportAssetMaterialization(Map<String, ?> metadata) {
    reportAssetMaterialization(
        metadata == null
            ? AssetMaterialization.empty()
            : AssetMaterialization.empty().withMetadata(metadata));
  }

  /**
   * Reports that an asset was made, once for each asset.
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

  /** Sends a JSON value that the asset's code gets with {@code get_custom_messages()}. */
  public abstract void reportCustomMessage(Object payload);

  // ---- the end

  /**
   * Remembers why the job fails, for {@link #close()} to tell Dagster. The first one counts; others
   * are shown with it as suppressed.
   *
   * @return {@code thrown}, so that {@code throw pipes.failed(e)} is one statement
   */
  public abstract <T extends Throwable> T failed(T thrown);

  /**
   * Says that the job is done, or why it {@link #failed}, and delivers what is under way. A second
   * call does nothing. Where Python code opened the session, only the JVM's part of it ends.
   */
  @Override
  public final void close() {
    close(null);
  }

  /** As {@link #close()}, with the reason of a failure, its causes and stacks; null: no failure. */
  public abstract void close(Throwable failure);

  public abstract boolean isClosed();
}
