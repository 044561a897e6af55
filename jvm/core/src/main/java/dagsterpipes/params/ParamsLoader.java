package dagsterpipes.params;

import java.util.Map;

/**
 * Finds the two parameters that say where the context is and where the messages go; {@code
 * dagster_pipes.PipesParamsLoader}.
 */
public interface ParamsLoader {
  /** Whether this source holds parameters; false makes every Pipes call a no-op. */
  boolean isDagsterPipesProcess();

  /**
   * The decoded parameter that says where the context is, for the {@link
   * dagsterpipes.context.ContextLoader}.
   *
   * @throws dagsterpipes.errors.PipesException where it is missing or cannot be decoded
   */
  Map<String, Object> loadContextParams();

  /**
   * The decoded parameter that says where messages go, for the {@link
   * dagsterpipes.write.MessageWriter}.
   *
   * @throws dagsterpipes.errors.PipesException where it is missing or cannot be decoded
   */
  Map<String, Object> loadMessagesParams();
}
