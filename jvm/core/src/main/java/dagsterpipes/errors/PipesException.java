package dagsterpipes.errors;

/**
 * Bad input or misuse: something that the caller, or the user who launched the process, can put
 * right.
 *
 * <p>The message says which parameter, of which call, what was expected, what came and who sent it,
 * then what to do, and ends with the section of TROUBLESHOOTING.md. For broken I/O see {@link
 * PipesIoException}.
 */
public class PipesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A fault without an underlying exception. The message follows the order that the class
   * describes.
   */
  public PipesException(String message) {
    super(message);
  }

  /**
   * A fault that another exception brought to light.
   *
   * @param cause null: none
   */
  public PipesException(String message, Throwable cause) {
    super(message, cause);
  }
}
