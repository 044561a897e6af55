package dagsterpipes.conformance;

import dagsterpipes.Pipes;
import dagsterpipes.PipesBody;
import dagsterpipes.PipesContext;
import dagsterpipes.params.EnvironmentParamsLoader;
import dagsterpipes.params.MapParamsLoader;
import dagsterpipes.report.AssetCheck;
import dagsterpipes.report.AssetCheckSeverity;
import dagsterpipes.report.AssetMaterialization;
import dagsterpipes.report.LogLevel;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Many sessions in one process, one after another, each with a case of its own: what a real Dagster
 * instance then has in its event log is compared by tests/endtoend/test_message_types.py.
 *
 * <p>The only argument is a file with a line for each session, its three words parted by tabs: the
 * case, the context parameter, the messages parameter. Not part of the bridge jar.
 */
public final class Cases {
  private Cases() {}

  public static void main(String[] args) throws IOException {
    for (String line : Files.readAllLines(Paths.get(args[0]), StandardCharsets.UTF_8)) {
      String[] words = line.split("\t", -1);
      Map<String, String> params = new HashMap<>();
      params.put(EnvironmentParamsLoader.CONTEXT, words[1]);
      params.put(EnvironmentParamsLoader.MESSAGES, words[2]);
      run(words[0], new MapParamsLoader(params));
    }
  }

  private static void run(String name, MapParamsLoader params) {
    PipesBody body = body(name);
    try {
      Pipes.builder().paramsLoader(params).run(body);
    } catch (Throwable thrown) {
      if (!name.startsWith("throws ")) {
        throw new IllegalStateException("case " + name, thrown);
      }
    }
  }

  private static PipesBody body(String name) {
    switch (name) {
      case "logs":
        return Cases::log;
      case "metadata":
        return pipes ->
            pipes.reportAssetMaterialization(
                AssetMaterialization.empty()
                    .withDataVersion("v 1\u00df")
                    .withMetadata(EveryMetadata.all()));
      case "check":
        return pipes ->
            pipes.reportAssetCheck(
                AssetCheck.of("my_check", false)
                    .withSeverity(AssetCheckSeverity.WARN)
                    .withMetadata(EveryMetadata.all()));
      case "custom":
        return Cases::custom;
      default:
        return pipes -> {
          throw Throwables.named(name.substring("throws ".length()));
        };
    }
  }

  private static void log(PipesContext pipes) {
    for (LogLevel level : LogLevel.values()) {
      pipes.log().log(level, level + ": gr\u00f6\u00dfer \ud83d\ude80\n\u2028 \u0001 \ud83d.");
    }
  }

  private static void custom(PipesContext pipes) {
    Map<String, Object> nested = new LinkedHashMap<>();
    nested.put("list", Arrays.asList(1, 2.5, null, true, "\u00df"));
    nested.put("past 2^53", 9007199254740993L);
    nested.put("nan", Double.NaN);
    pipes.reportCustomMessage(nested);
    pipes.reportCustomMessage(BigInteger.ONE.shiftLeft(64));
    pipes.reportCustomMessage(new BigDecimal("0.12345678901234567890"));
    pipes.reportCustomMessage(BigInteger.TEN.pow(5000));
    pipes.reportCustomMessage(Collections.emptyMap());
    pipes.reportCustomMessage(null);
  }
}
