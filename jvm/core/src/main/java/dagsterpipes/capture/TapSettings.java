package dagsterpipes.capture;

import dagsterpipes.internal.Stderr;
import dagsterpipes.logging.ForwardRules;
import dagsterpipes.wire.MessagesParams;
import dagsterpipes.write.BufferedStreamMessageWriterChannel;
import dagsterpipes.write.MessageWriterChannel;
import dagsterpipes.write.StreamMessageWriterChannel;
import java.util.Map;

/** What a session takes in beside the job's own reports. Immutable. */
public final class TapSettings {
  private final boolean stdio;
  private final ForwardRules rules;

  private TapSettings(boolean stdio, ForwardRules rules) {
    this.stdio = stdio;
    this.rules = rules;
  }

  /**
   * What the messages parameter ({@code include_stdio_in_messages}) and the system properties ask
   * for.
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
   * What the system properties ask for, for a driver whose stdout and stderr somebody else takes
   * in: PySpark's, by dagster_pipes.
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
