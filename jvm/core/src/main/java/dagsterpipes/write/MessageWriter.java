package dagsterpipes.write;

import java.util.Collections;
import java.util.Map;

/**
 * Opens the channel that the orchestration side listens to; {@code
 * dagster_pipes.PipesMessageWriter}.
 */
public interface MessageWriter {
  /**
   * Opens the channel that {@code params} ask for. Called once a session; the session closes it.
   *
   * @param params what the orchestration side's message reader sent; unknown keys are ignored
   * @throws dagsterpipes.errors.PipesException when {@code params} are none that this writer
   *     understands
   * @throws dagsterpipes.errors.PipesIoException when the place they name cannot be opened
   */
  MessageWriterChannel open(Map<String, Object> params);

  /** The {@code extras} of the {@code opened} message for the reader; JSON values only. */
  default Map<String, Object> openedExtras() {
    return Collections.emptyMap();
  }
}
