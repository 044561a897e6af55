package dagsterpipes.conformance;

import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import dagsterpipes.params.EnvironmentParamsLoader;
import dagsterpipes.params.MapParamsLoader;
import dagsterpipes.params.ParamCodec;
import dagsterpipes.report.AssetCheck;
import dagsterpipes.report.MetadataValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends back what it gets: the values that tests/endtoend/test_any_value.py made up, each as a
 * custom message, as JSON metadata and as a parameter.
 *
 * <p>Arguments: a file of the context parameter, the messages parameter, then one parameter {@code
 * {"value": ...}} a line; and the file that the parameters are written to, encoded anew. Not part
 * of the bridge jar.
 */
public final class Echo {
  private Echo() {}

  public static void main(String[] args) throws IOException {
    List<String> lines = Files.readAllLines(Paths.get(args[0]), StandardCharsets.UTF_8);
    Map<String, String> params = new HashMap<>();
    params.put(EnvironmentParamsLoader.CONTEXT, lines.get(0));
    params.put(EnvironmentParamsLoader.MESSAGES, lines.get(1));
    List<String> encoded = new ArrayList<>();
    Pipes.builder()
        .paramsLoader(new MapParamsLoader(params))
        .run(
            pipes -> {
              for (String line : lines.subList(2, lines.size())) {
                Map<String, Object> param = ParamCodec.decode(line, "value");
                echo(pipes, param.get("value"));
                encoded.add(ParamCodec.encode(param));
              }
            });
    Files.write(Paths.get(args[1]), encoded, StandardCharsets.UTF_8);
  }

  private static void echo(PipesContext pipes, Object value) {
    pipes.reportCustomMessage(value);
    pipes.reportAssetCheck(
        AssetCheck.of("any", true)
            .withMetadata("inferred", value)
            .withMetadata("json", MetadataValue.json(value)));
    pipes.log().info(String.valueOf(value));
  }
}
