package dagsterpipes.params;

/**
 * Parameters from {@code DAGSTER_PIPES_CONTEXT} and {@code DAGSTER_PIPES_MESSAGES}: how most
 * launchers pass them.
 */
public final class EnvironmentParamsLoader extends TextParamsLoader {
  /**
   * The variable with the context parameter; {@code dagster_pipes.DAGSTER_PIPES_CONTEXT_ENV_VAR}.
   */
  public static final String CONTEXT = "DAGSTER_PIPES_CONTEXT";

  /**
   * The variable with the messages parameter; {@code dagster_pipes.DAGSTER_PIPES_MESSAGES_ENV_VAR}.
   */
  public static final String MESSAGES = "DAGSTER_PIPES_MESSAGES";

  /** Reads the environment of this process, whenever parameters are asked for. */
  public EnvironmentParamsLoader() {
    super(CONTEXT, MESSAGES);
  }

  @Override
  String text(String name) {
    return System.getenv(name);
  }

  @Override
  String source() {
    return "the environment";
  }
}
