package dagsterpipes;

import dagsterpipes.context.ContextData;
import dagsterpipes.context.PartitionKeyRange;
import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import java.util.List;

/**
 * Answers about the step, or the reason why there is none, in the words of {@code dagster_pipes}'
 * assertions.
 */
final class StepFacts {
  private static final String SEND_MORE =
      "It follows from how the asset is declared and launched in Dagster.";

  private final ContextData data;

  StepFacts(ContextData data) {
    this.data = data;
  }

  ContextData data() {
    return data;
  }

  /** {@code value}, unless the step targets no assets. */
  <T> T ofAssets(T value, String name) {
    if (value != null) {
      return value;
    }
    throw Fault.says("`" + name + "` is undefined. Current step does not target an asset.")
        .todo(SEND_MORE + " Ask isAssetStep() first.")
        .see("asset-keys")
        .exception();
  }

  String singleAsset(String name) {
    List<String> keys = ofAssets(data.assetKeys(), name);
    if (keys.size() == 1) {
      return keys.get(0);
    }
    throw Fault.says("`" + name + "` is undefined. Current step targets multiple assets.")
        .todo(
            "They are "
                + keys
                + ": use the method for all of them (assetKeys(), codeVersionByAssetKey(), ...).")
        .see("asset-keys")
        .exception();
  }

  /** {@code value}, unless the step targets no partitions. */
  <T> T ofPartitions(T value, String name) {
    if (value != null) {
      return value;
    }
    throw Fault.says("`" + name + "` is undefined. Current step does not target any partitions.")
        .todo(SEND_MORE + " Ask isPartitionStep() first.")
        .see("context")
        .exception();
  }

  String singlePartition(String name) {
    if (data.partitionKey() != null) {
      return data.partitionKey();
    }
    PartitionKeyRange range = ofPartitions(data.partitionKeyRange(), name);
    throw Fault.says("`" + name + "` is undefined. Current step targets multiple partitions.")
        .todo("They are " + range + ": use partitionKeyRange().")
        .see("context")
        .exception();
  }

  /**
   * The asset that a report is about.
   *
   * @param passed what the job passed; null or empty: the step's only asset
   */
  String reportedAsset(String passed, String call) {
    String key = passed == null || passed.isEmpty() ? null : passed;
    List<String> keys = data.assetKeys();
    if (keys == null || keys.isEmpty()) {
      if (key != null) {
        return key;
      }
      throw undefined(
          call, "does not target a specific asset.", "Pass the asset key of the report.");
    }
    if (key == null) {
      if (keys.size() == 1) {
        return keys.get(0);
      }
      throw undefined(call, "targets multiple assets.", "Pass one of " + keys + ".");
    }
    if (keys.contains(key)) {
      return key;
    }
    throw Fault.says("Invalid asset key. Expected one of `" + keys + "`, got `" + key + "`.")
        .todo(
            "Parameter `assetKey` of `"
                + call
                + "`, "
                + Fault.JOB
                + ". Pass a key that the step targets, its parts joined by `/`.")
        .see("asset-keys")
        .exception();
  }

  private static PipesException undefined(String call, String why, String todo) {
    return Fault.says(
            "Calling `" + call + "` without passing an asset key is undefined. Current step " + why)
        .todo(todo)
        .see("asset-keys")
        .exception();
  }
}
