package dagsterpipes;

/**
 * What a job does between opening and closing its session; see {@link Pipes#run(String[],
 * PipesBody)}.
 *
 * @param <E> what the body may throw; {@code RuntimeException} for a lambda that throws nothing
 *     checked
 */
@FunctionalInterface
public interface PipesBody<E extends Throwable> {
  void run(PipesContext pipes) throws E;
}
