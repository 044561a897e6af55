package dagsterpipes.instrument;

/**
 * The failure of a thread that main has left at work. The process then ends with exit code 0, so
 * Dagster's side fails the step by the name of this class. Immutable.
 */
final class ThreadFailure extends Exception {
  private static final long serialVersionUID = 1L;

  ThreadFailure(Throwable uncaught) {
    super("A thread failed after main had returned: " + uncaught, uncaught, false, false);
  }
}
