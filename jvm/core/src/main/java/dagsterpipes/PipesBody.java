package dagsterpipes;

/**
 * The job's code between the opening and the closing of its session; see {@link Pipes#run(String[],
 * PipesBody)}.
 *
 * <p>A lambda of any JVM language: it has no type parameter, because Kotlin could not find its
 * type.
 */
@FunctionalInterface
public interface PipesBody {
  /**
   * Does the job's work. The session is open during the call, and closed after it.
   *
   * @param pipes the session; its reports do nothing outside Dagster
   * @throws Throwable reported to Dagster as the failure of the step, then thrown on by {@link
   *     Pipes#run}
   */
  void run(PipesContext pipes) throws Throwable;
}
