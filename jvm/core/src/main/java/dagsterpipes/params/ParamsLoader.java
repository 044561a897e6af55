package dagsterpipes.params;

import java.util.Map;

/**
 * Finds the two parameters that say where the context is and where the messages go; {@code
 * dagster_pipes.PipesParamsLoader}.
 */
public interface ParamsLoader {
  /** Whether this source holds parameters; false makes every Pipes call a no-op. */
  boolean isDagsterPipesProcess();

  /** For the {@link dagsterpipes.context.ContextLoader}. */
  Map<String, Object> loadContextParams();

  /** For the {@link dagsterpipes.write.MessageWriter}. */
  Map<String, Object> loadMessagesParams();
}
