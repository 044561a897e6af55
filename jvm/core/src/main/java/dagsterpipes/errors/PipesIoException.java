package dagsterpipes.errors;

/**
 * Broken I/O on the way to or from Dagster: a file, a stream or an object store did not do its
 * part.
 *
 * <p>{@link #retryable()} tells whether the same call can succeed later without anybody changing
 * anything.
 */
public class PipesIoException extends PipesException {
  private static final long serialVersionUID = 1L;

  private final boolean retryable;

  /** A fault without an underlying exception; see {@link #retryable()} for the flag. */
  public PipesIoException(String message, boolean retryable) {
    super(message);
    this.retryable = retryable;
  }

  /** A fault with the exception that showed it; see {@link #retryable()} for the flag. */
  public PipesIoException(String message, boolean retryable, Throwable cause) {
    super(message, cause);
    this.retryable = retryable;
  }

  /**
   * True for server errors, throttling, time-outs and lost connections; false for what stays as it
   * is: no access, no such bucket, no such object.
   */
  public boolean retryable() {
    return retryable;
  }
}
