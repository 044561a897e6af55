package dagsterpipes.conformance;

import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import dagsterpipes.report.AssetCheck;
import dagsterpipes.report.AssetCheckSeverity;
import dagsterpipes.report.AssetMaterialization;
import java.util.Map;

/**
 * Drives the public API from the command line, the way the cross-language Pipes suite of dagster-io
 * (dagster-pipes-tests) drives every implementation.
 *
 * <p>{@code --test-name} says what to do; the other flags are described in {@link Flags}. Exit code
 * 0 only when every expectation held. Not part of the bridge jar.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Flags flags = Flags.parse(args);
    // --context-loader and --message-writer name what the parameters ask for anyway.
    Pipes.run(args, pipes -> run(flags, pipes));
  }

  private static void run(Flags flags, PipesContext pipes) {
    String test = flags.required("--test-name");
    switch (test) {
      case "test_components":
      case "test_extras":
        pipes.reportCustomMessage("Hello from external process!");
        expectContext(flags, pipes);
        break;
      case "test_error_reporting":
        throw new IllegalStateException("Very bad error has happened!");
      case "test_message_log":
        pipes.log().debug("Debug message");
        pipes.log().info("Info message");
        pipes.log().warning("Warning message");
        pipes.log().error("Error message");
        pipes.log().critical("Critical message");
        break;
      case "test_message_report_custom_message":
        pipes.reportCustomMessage(flags.json("--custom-payload").get("payload"));
        break;
      case "test_message_report_asset_materialization":
        pipes.reportAssetMaterialization(
            materialization(flags.json("--report-asset-materialization")));
        break;
      case "test_message_report_asset_check":
        pipes.reportAssetCheck(check(flags.json("--report-asset-check")));
        break;
      default:
        throw new IllegalArgumentException("unknown --test-name " + test);
    }
  }

  private static void expectContext(Flags flags, PipesContext pipes) {
    if (flags.has("--extras")) {
      for (Map.Entry<String, Object> extra : flags.json("--extras").entrySet()) {
        expect("extra " + extra.getKey(), extra.getValue(), pipes.extra(extra.getKey()));
      }
    }
    if (flags.has("--job-name")) {
      expect("job name", flags.required("--job-name"), pipes.jobName());
    }
  }

  private static void expect(String what, Object expected, Object found) {
    if (expected == null ? found != null : !expected.equals(found)) {
      throw new IllegalStateException(what + ": expected " + expected + ", found " + found);
    }
  }

  private static AssetMaterialization materialization(Map<String, Object> json) {
    return AssetMaterialization.empty()
        .withAssetKey((String) json.get("assetKey"))
        .withDataVersion((String) json.get("dataVersion"))
        .withMetadata(KnownMetadata.all());
  }

  private static AssetCheck check(Map<String, Object> json) {
    return AssetCheck.of((String) json.get("checkName"), (Boolean) json.get("passed"))
        .withSeverity(AssetCheckSeverity.valueOf((String) json.get("severity")))
        .withAssetKey((String) json.get("assetKey"))
        .withMetadata(KnownMetadata.all());
  }
}
