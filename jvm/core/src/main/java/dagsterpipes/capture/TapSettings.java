package dagsterpipes.capture;

import dagsterpipes.internal.Stderr;
import dagsterpipes.logging.ForwardRules;
import dagsterpipes.wire.MessagesParams;
import dagsterpipes.write.BufferedStreamMessageWriterChannel;
import dagsterpipes.write.MessageWriterChannel;
import dagsterpipes.write.StreamMessageWriterChannel;
import java.util.Map;

/** The output and log lines that a session reads beside the job's own reports. Immutable. */
public final class TapSettings {
  private final boolean stdio;
  private final ForwardRules rules;

  private TapSettings(boolean stdio, ForwardRules rules) {
    this.stdio = stdio;
    this.rules = rules;
  }

  /**
   * The settings of the messages parameter ({@code include_stdio_in_messages}) and of the system
   * properties.
   *
   * @throws dagsterpipes.errors.PipesException for a value of {@code
   *     spark.dagster.pipes.forwardLogs} that cannot be read
   */
  public static TapSettings of(Map<String, Object> messagesParams) {
    return new TapSettings(
        Boolean.TRUE.equals(messagesParams.get(MessagesParams.INCLUDE_STDIO)),
        ForwardRules.fromSystemProperties());
  }

  /**
   * The settings of the system properties alone, for the driver of a PySpark job: dagster_pipes
   * captures its stdout and stderr.
   *
   * @throws dagsterpipes.errors.PipesException as {@link #of}
   */
  public static TapSettings withoutStdio() {
    return new TapSettings(false, ForwardRules.fromSystemProperties());
  }

  /** Null where no lines of loggers are asked for. */
  ForwardRules rules() {
    return rules;
  }

  /** Whether to capture, given where messages go: what is printed there is read there already. */
  boolean capturesOver(MessageWriterChannel channel) {
    boolean isStdio =
        channel instanceof StreamMessageWriterChannel
            || channel instanceof BufferedStreamMessageWriterChannel;
    if (stdio && isStdio) {
      Stderr.notice(
          MessagesParams.INCLUDE_STDIO
              + " has no effect: the messages go to stdout or stderr themselves,"
              + " and whoever reads them there reads the job's output, too.");
    }
    return stdio && !isStdio;
  }
}
