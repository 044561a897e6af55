package dagsterpipes.write;

/** Whether this JVM belongs to a Python driver, which may have a Pipes session of its own. */
final class PySparkDriver {
  private PySparkDriver() {}

  /**
   * By the threads of the gateway that Python calls through: spark-submit starts it in its own JVM
   * in client mode, in the application's in cluster mode, and Python may start one by itself.
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
