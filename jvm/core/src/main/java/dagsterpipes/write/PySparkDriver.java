package dagsterpipes.write;

/** Whether this JVM belongs to a Python driver, which may have a Pipes session of its own. */
final class PySparkDriver {
  private PySparkDriver() {}

  /**
   * Searches for threads of the gateway that Python calls through. In client mode spark-submit
   * starts the gateway in its own JVM, in cluster mode in the application's JVM. Python may also
   * start one by itself.
   */
  static boolean isThisProcess() {
    for (StackTraceElement[] stack : Thread.getAllStackTraces().values()) {
      for (StackTraceElement frame : stack) {
        if (frame.getClassName().startsWith("py4j.")) {
          return true;
        }
      }
    }
    return false;
  }
}
