package dagsterpipes;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Troubleshooting;

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
 * <p>Parameters from Dagster name the place of the context and the place for messages. They are
 * searched for in this order: {@code --dagster-pipes-context} and {@code --dagster-pipes-messages}
 * among the arguments, the system properties of {@link dagsterpipes.wire.PipesConf}, the
 * environment. Without parameters the job runs alone: everything is a no-op, after one line of
 * warning.
 *
 * <p>A process has one session for each place that messages go to. The message parameters decide
 * what opening does:
 *
 * <ul>
 *   <li>The parameters of an open session give that session, also when Python code of the same job
 *       opened it.
 *   <li>The parameters of a session that has ended are an error, since a second session would
 *       overwrite the messages of the first.
 *   <li>Other parameters open another session beside the first.
 * </ul>
 *
 * <p>A session that is still open when the process ends is closed then, with what the process can
 * know of the reason: docs/lifecycle.md. Thread-safe.
 */
public final class Pipes {
  private Pipes() {}

  /**
   * Opens a session, runs {@code body} and closes. An exception of {@code body} is reported to
   * Dagster and thrown on. Inside a session that is open already it only runs {@code body}: the
   * code that opened that session closes it.
   *
   * <p>It throws the same object that {@code body} throws, also a checked exception, although it
   * declares none. So a {@code main} needs no {@code throws}; to handle such an exception, catch it
   * in {@code body}.
   *
   * @param args the program's arguments, which are searched first for parameters; not changed
   * @throws PipesException as {@link PipesBuilder#open()}
   */
  public static void run(String[] args, PipesBody body) {
    builder().args(args).run(body);
  }

  /** As {@link #run(String[], PipesBody)} for a program whose arguments hold no parameters. */
  public static void run(PipesBody body) {
    builder().run(body);
  }

  /**
   * Opens a session that the caller closes.
   *
   * <pre>{@code
   * try (PipesContext pipes = Pipes.open(args)) {
   *   try {
   *     ...
   *   } catch (Throwable t) { // a resource's close does not see what is thrown
   *     throw pipes.failed(t);
   *   }
   * }
   * }</pre>
   *
   * <p>{@link #run} does the same with less.
   *
   * @throws PipesException as {@link PipesBuilder#open()}
   */
  public static PipesContext open(String[] args) {
    return builder().args(args).open();
  }

  /** As {@link #open(String[])} for a program whose arguments hold no parameters. */
  public static PipesContext open() {
    return builder().open();
  }

  /** A builder for a session with another loader or writer than the parameters ask for. */
  public static PipesBuilder builder() {
    return new PipesBuilder();
  }

  /**
   * The session that is open in this process; of several the one that was opened first, so that
   * what a library opens beside it changes nothing for others.
   *
   * @throws PipesException when there is none; {@code dagster_pipes.PipesContext.get}
   */
  public static PipesContext current() {
    PipesContext context = OpenContexts.current();
    if (context == null) {
      throw new PipesException(
          "PipesContext has not been initialized. You must call `Pipes.open()` or be inside of"
              + " `Pipes.run`. "
              + Troubleshooting.see("not-closed"));
    }
    return context;
  }
}
