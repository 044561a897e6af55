package dagsterpipes.session;

import dagsterpipes.internal.Stderr;

/**
 * Ends this process because the orchestration side asked for it. It calls {@code System.exit} with
 * the code of a SIGTERM, so that all shutdown hooks run: ours, Spark's and the job's. Thread-safe.
 */
final class StopRequest {
  /** The exit code that a shell shows for a process that SIGTERM ended. */
  private static final int EXIT_CODE = 128 + 15;

  private static volatile String reason = "";

  private StopRequest() {}

  static void end(String why) {
    reason = why;
    Stderr.notice("Dagster asked this process to stop" + (why.isEmpty() ? "" : ": " + why));
    System.exit(EXIT_CODE);
  }

  static String reason() {
    return reason;
  }
}
