package dagsterpipes.instrument;

/**
 * The threads of an application that keep its process alive after its main has returned. Without
 * state.
 */
final class ApplicationThreads {
  private ApplicationThreads() {}

  /** Whether there is one beside the current thread. */
  static boolean run() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread != Thread.currentThread() && isOne(thread)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the process waits for the end of this thread. */
  static boolean isOne(Thread thread) {
    return thread.isAlive() && !thread.isDaemon() && !thread.getName().equals("DestroyJavaVM");
  }
}
