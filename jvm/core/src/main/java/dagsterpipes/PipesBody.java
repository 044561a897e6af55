package dagsterpipes;

/**
 * The job's code between the opening and the closing of its session; see {@link Pipes#run(String[],
 * PipesBody)}.
 *
 * @param <E> what the body may throw; {@code RuntimeException} for a lambda that throws nothing
 *     checked
 */
@FunctionalInterface
public interface PipesBody<E extends Throwable> {
  /**
   * Does the job's work. The session is open during the call, and closed after it.
   *
   * @param pipes the session; its reports do nothing outside Dagster
   * @throws E reported to Dagster as the failure of the step, then thrown on by {@link Pipes#run}
   */
  void run(PipesContext pipes) throws E;
}
