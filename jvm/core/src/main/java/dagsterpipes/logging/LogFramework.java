package dagsterpipes.logging;

/**
 * A logging framework that a session can listen to while it runs; found with {@link
 * java.util.ServiceLoader}. What it returns is closed before the session closes.
 */
public interface LogFramework {
  /** Takes what a framework prints. Called from any thread; never throws. */
  interface ConsoleSink {
    void text(boolean isStderr, String text);
  }

  /** Whether the framework is there and does this process's logging. */
  boolean isInUse();

  /** Sends the lines that {@code rules} choose to {@link LogForwarder}. */
  AutoCloseable forward(ForwardRules rules);

  /**
   * Shows what the framework prints through streams that it took earlier, where replacing {@code
   * System.out} is not noticed.
   */
  AutoCloseable tapConsole(ConsoleSink sink);
}
