package dagsterpipes.context;

import java.util.Map;

/**
 * Loads the context that the orchestration side prepared; {@code dagster_pipes.PipesContextLoader}.
 */
@FunctionalInterface
public interface ContextLoader {
  /**
   * Reads the context and checks it. Called once, when a session opens.
   *
   * @param params what the orchestration side's context injector sent; unknown keys are ignored
   * @throws dagsterpipes.errors.PipesException when {@code params} or the context are none that
   *     this loader understands
   * @throws dagsterpipes.errors.PipesIoException when the place they name cannot be read
   */
  ContextData load(Map<String, Object> params);
}
