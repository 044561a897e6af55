package dagsterpipes.params;

import java.util.Map;

/**
 * Parameters from a map that the job got in a way of its own, under the names of the environment
 * variables; {@code dagster_pipes.PipesMappingParamsLoader}.
 */
public final class MapParamsLoader extends TextParamsLoader {
  private final Map<String, String> map;

  /**
   * Looks for {@value EnvironmentParamsLoader#CONTEXT} and {@value
   * EnvironmentParamsLoader#MESSAGES} in a map.
   *
   * @param map read whenever parameters are asked for, not copied
   */
  public MapParamsLoader(Map<String, String> map) {
    super(EnvironmentParamsLoader.CONTEXT, EnvironmentParamsLoader.MESSAGES);
    this.map = map;
  }

  @Override
  String text(String name) {
    return map.get(name);
  }

  @Override
  String source() {
    return "a map";
  }
}
