package dagsterpipes.errors;

/**
 * The reason that {@code closed} reports when the process was stopped from outside (SIGTERM,
 * SIGINT, SIGHUP, or a request from Dagster) while a session was open. Never thrown into the job.
 */
public final class SessionInterrupted extends PipesException {
  private static final long serialVersionUID = 1L;

  /**
   * Made by the session when the process ends.
   *
   * @param uncaught an exception that had ended a thread before; null if none had
   */
  public SessionInterrupted(String message, Throwable uncaught) {
    super(message, uncaught);
  }
}
