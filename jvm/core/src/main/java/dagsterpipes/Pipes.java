package dagsterpipes;

/**
 * The beginning of every session with Dagster.
 *
 * <pre>{@code
 * public static void main(String[] args) {
 *   Pipes.run(args, pipes -> {
 *     String path = pipes.extra("path", String.class);
 *     pipes.reportAssetMaterialization(Map.of("rows", count(path)));
 *   });
 * }
 * }</pre>
 *
 * <p>Where context and messages go follows from parameters that Dagster sent: {@code
 * --dagster-pipes-context} and {@code --dagster-pipes-messages} among the arguments, else the
 * system properties of {@link dagsterpipes.params.PipesConf}, else the environment. Where none is
 * there, the job runs alone: everything is a no-op, after one line of warning.
 *
 * <p>A process has one session at a time: opening a second returns the first. Thread-safe.
 */
public final class Pipes {
  private static PipesContext session;

  private Pipes() {}

  /**
   * Opens a session, runs {@code body}, closes; reports whatever {@code body} throws, and throws it
   * on.
   */
  public static <E extends Throwable> void run(String[] args, PipesBody<E> body) throws E {
    builder().args(args).run(body);
  }

  /** As {@link #run(String[], PipesBody)} for a program whose arguments hold no parameters. */
  public static <E extends Throwable> void run(PipesBody<E> body) throws E {
    builder().run(body);
  }

  /**
   * Opens a session that the caller closes: {@code try (PipesContext pipes = Pipes.open(args)) {
   * ... }}.
   */
  public static PipesContext open(String[] args) {
    return builder().args(args).open();
  }

  /** As {@link #open(String[])} for a program whose arguments hold no parameters. */
  public static PipesContext open() {
    return builder().open();
  }

  /** For a loader or writer other than the parameters ask for. */
  public static PipesBuilder builder() {
    return new PipesBuilder();
  }

  /**
   * The session that is open in this process.
   *
   * @throws PipesException when there is none; {@code dagster_pipes.PipesContext.get}
   */
  public static synchronized PipesContext current() {
    if (session == null) {
      throw new PipesException(
          "PipesContext has not been initialized. You must call `Pipes.open()` or be inside of"
              + " `Pipes.run`. See TROUBLESHOOTING.md#not-closed");
    }
    return session;
  }

  static synchronized PipesContext openOnce(PipesBuilder builder) {
    if (session == null) {
      session = builder.create(Pipes::forget);
    }
    return session;
  }

  private static synchronized void forget() {
    session = null;
  }
}
