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

  /**
   * A fault that another exception brought to light; see {@link #retryable()} for the flag.
   *
   * @param cause null: none
   */
  public PipesIoException(String message, boolean retryable, Throwable cause) {
    super(message, cause);
    this.retryable = retryable;
  }

  /**
   * Whether the same call can succeed later. True for transient errors: server errors, throttling,
   * timeouts and lost connections. False if the user has to change something first: no access, no
   * such bucket, no such object.
   */
  public boolean retryable() {
    return retryable;
  }
}
