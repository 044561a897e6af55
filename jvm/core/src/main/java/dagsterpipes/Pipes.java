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
 * <p>Where context and messages go follows from parameters that Dagster sent: {@code
 * --dagster-pipes-context} and {@code --dagster-pipes-messages} among the arguments, else the
 * system properties of {@link dagsterpipes.wire.PipesConf}, else the environment. Where none is
 * there, the job runs alone: everything is a no-op, after one line of warning.
 *
 * <p>A process has one session for each place that messages go to. Opening with the message
 * parameters of an open session gives that session, also when Python code of the same job opened
 * it; with those of a session that has ended it is an error, since a second one would write over
 * the first one's messages; with other parameters it opens another session beside the first.
 *
 * <p>A session that is still open when the process ends is closed then, with what the process can
 * know of the reason: docs/lifecycle.md. Thread-safe.
 */
public final class Pipes {
  private Pipes() {}

  /**
   * Opens a session, runs {@code body} and closes. Whatever {@code body} throws is reported to
   * Dagster and thrown on. Inside a session that is open already it only runs {@code body}: whoever
   * opened that session closes it.
   *
   * @param args the program's arguments, where parameters are looked for first; they stay as they
   *     are
   * @throws E whatever {@code body} throws, the same object
   * @throws PipesException as {@link PipesBuilder#open()}
   */
  public static <E extends Throwable> void run(String[] args, PipesBody<E> body) throws E {
    builder().args(args).run(body);
  }

  /** As {@link #run(String[], PipesBody)} for a program whose arguments hold no parameters. */
  public static <E extends Throwable> void run(PipesBody<E> body) throws E {
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
