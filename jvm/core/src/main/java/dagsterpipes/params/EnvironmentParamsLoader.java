package dagsterpipes.params;

/**
 * Parameters from {@code DAGSTER_PIPES_CONTEXT} and {@code DAGSTER_PIPES_MESSAGES}: how most
 * launchers pass them.
 */
public final class EnvironmentParamsLoader extends TextParamsLoader {
  public static final String CONTEXT = "DAGSTER_PIPES_CONTEXT";
  public static final String MESSAGES = "DAGSTER_PIPES_MESSAGES";

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
