package dagsterpipes.errors;

/**
 * Another job of the same launch runs already, because the platform started it twice. This job must
 * not write: its process has to end, also one whose code reports nothing by itself.
 */
public final class SecondJobException extends PipesException {
  private static final long serialVersionUID = 1L;

  /** The message names both jobs, and the object that tells. */
  public SecondJobException(String message) {
    super(message);
  }
}
