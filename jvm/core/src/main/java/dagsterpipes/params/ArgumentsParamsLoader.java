package dagsterpipes.params;

/**
 * Parameters from {@code --dagster-pipes-context X --dagster-pipes-messages Y} (or {@code
 * --name=X}) among the program's own arguments; {@code dagster_pipes.PipesCliArgsParamsLoader}.
 */
public final class ArgumentsParamsLoader extends TextParamsLoader {
  /**
   * The option in front of the context parameter; {@code
   * dagster_pipes.DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT}.
   */
  public static final String CONTEXT = "--dagster-pipes-context";

  /**
   * The option in front of the messages parameter; {@code
   * dagster_pipes.DAGSTER_PIPES_MESSAGES_CLI_ARGUMENT}.
   */
  public static final String MESSAGES = "--dagster-pipes-messages";

  private final String[] args;

  /**
   * Looks in these arguments, of which the first with the name counts.
   *
   * @param args copied; null items are skipped
   */
  public ArgumentsParamsLoader(String[] args) {
    super(CONTEXT, MESSAGES);
    this.args = args.clone();
  }

  @Override
  String text(String name) {
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (arg == null) {
        continue;
      }
      if (arg.equals(name)) {
        // The name as the last argument is a parameter without a value, which is worth its own
        // error.
        return i + 1 < args.length ? args[i + 1] : "";
      }
      if (arg.startsWith(name + "=")) {
        return arg.substring(name.length() + 1);
      }
    }
    return null;
  }

  @Override
  String source() {
    return "the program's arguments";
  }
}
