package dagsterpipes.logging;

/**
 * A logging framework that a session can listen to while it runs; found with {@link
 * java.util.ServiceLoader}. The session closes the returned objects before it closes itself.
 */
public interface LogFramework {
  /** Takes what a framework prints. Called from any thread; never throws. */
  interface ConsoleSink {
    /**
     * Takes a piece of output, of any length, with its line ends.
     *
     * @param isStderr false: stdout
     */
    void text(boolean isStderr, String text);
  }

  /** Whether the framework is there and does this process's logging. */
  boolean isInUse();

  /**
   * Sends the lines that {@code rules} choose to {@link LogForwarder}.
   *
   * @return ends it when closed
   */
  AutoCloseable forward(ForwardRules rules);

  /**
   * Shows {@code sink} what the framework prints through streams that it took earlier: replacing
   * {@code System.out} does not reach those.
   *
   * @return ends it when closed
   */
  AutoCloseable tapConsole(ConsoleSink sink);
}
