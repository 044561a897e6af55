package dagsterpipes.instrument;

import dagsterpipes.params.ArgumentsParamsLoader;
import dagsterpipes.params.EnvironmentParamsLoader;
import dagsterpipes.params.ParamsLoader;
import dagsterpipes.params.SystemPropertiesParamsLoader;
import java.util.Map;

/**
 * What Dagster has launched the application with: the first of the program's arguments, the system
 * properties and the environment that holds parameters. They are looked for once; whether there are
 * any, and what they are, cannot be two answers. Immutable.
 */
final class LaunchParams implements ParamsLoader {
  private final ParamsLoader found;

  private LaunchParams(ParamsLoader found) {
    this.found = found;
  }

  /**
   * @param args the program's arguments
   */
  static LaunchParams find(String[] args) {
    ParamsLoader arguments = new ArgumentsParamsLoader(args);
    if (arguments.isDagsterPipesProcess()) {
      return new LaunchParams(arguments);
    }
    ParamsLoader properties = new SystemPropertiesParamsLoader();
    return new LaunchParams(
        properties.isDagsterPipesProcess() ? properties : new EnvironmentParamsLoader());
  }

  @Override
  public boolean isDagsterPipesProcess() {
    return found.isDagsterPipesProcess();
  }

  @Override
  public Map<String, Object> loadContextParams() {
    return found.loadContextParams();
  }

  @Override
  public Map<String, Object> loadMessagesParams() {
    return found.loadMessagesParams();
  }
}
