package dagsterpipes.spark;

import dagsterpipes.capture.TapSettings;
import dagsterpipes.capture.Taps;
import dagsterpipes.context.DefaultContextLoader;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.Json;
import dagsterpipes.internal.OwnWork;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.params.ParamCodec;
import dagsterpipes.write.DefaultMessageWriter;
import dagsterpipes.write.MessageWriterChannel;
import java.util.function.Supplier;

/**
 * What Python calls over py4j: the JVM's way to the context, and its channel for messages that
 * Python has encoded.
 *
 * <p>For {@code dagster_pipes_jvm.pyspark}; a job in a JVM language uses {@link
 * dagsterpipes.Pipes}. Arguments and results are strings, since py4j carries those best. {@link
 * #write} is safe from many threads and keeps every line whole; {@link #close} delivers what still
 * waits, and a second close does nothing. Lines of log4j that {@code
 * spark.dagster.pipes.forwardLogs} asks for travel with Python's messages, between {@code opened}
 * and {@code closed}; stdout and stderr are captured by Python, never here. Errors reach Python as
 * Py4JJavaError with the exception of the JVM in it.
 */
public final class PySparkBridge {
  private final MessageWriterChannel channel;
  private final TapSettings settings;
  private final Object lock = new Object();
  private Taps taps;
  private boolean closed;

  private PySparkBridge(MessageWriterChannel channel, TapSettings settings) {
    this.channel = channel;
    this.settings = settings;
  }

  /**
   * The context that these parameters name.
   *
   * @param encodedContextParams as in DAGSTER_PIPES_CONTEXT; see {@link ParamCodec}
   * @return the context's JSON, unknown fields too
   * @throws dagsterpipes.PipesException for bad parameters, a context that is missing, or one that
   *     is none
   */
  public static String loadContext(String encodedContextParams) {
    return Json.write(
        new DefaultContextLoader().load(ParamCodec.decode(encodedContextParams, "context")).raw());
  }

  /**
   * Opens the channel that these parameters name.
   *
   * @param encodedMessagesParams as in DAGSTER_PIPES_MESSAGES; see {@link ParamCodec}
   * @throws dagsterpipes.PipesException for bad parameters
   */
  public static PySparkBridge open(String encodedMessagesParams) {
    TapSettings settings = TapSettings.withoutStdio();
    OwnWork.enter(); // the threads that the channel starts belong to it
    try {
      return new PySparkBridge(
          new DefaultMessageWriter().open(ParamCodec.decode(encodedMessagesParams, "messages")),
          settings);
    } finally {
      OwnWork.leave();
    }
  }

  /**
   * Hands one message on as it is.
   *
   * @param method its method, which says how urgent it is: "log", "closed"...
   * @param line one JSON object without a line end and in ASCII, as {@code json.dumps} writes it
   * @throws dagsterpipes.PipesException for anything else: it would break the lines after it, too
   */
  public void write(String method, String line) {
    if (method == null || !isOneObject(line)) {
      throw Fault.value(method == null ? "method" : "line", "PySparkBridge.write")
          .expected(
              "a method and one JSON object on one line of ASCII",
              line == null ? "null" : line.length() + " characters that are something else",
              Fault.JOB)
          .todo(
              "Write messages with dagster_pipes, or encode them with json.dumps, without `indent`"
                  + " and `ensure_ascii=False`.")
          .see("message-channel")
          .exception();
    }
    if (PipesMessage.CLOSED.equals(method)) {
      stopTaps();
    }
    send(PipesMessage.ofLine(method, line));
    if (PipesMessage.OPENED.equals(method)) {
      startTaps();
    }
  }

  /** Delivers what still waits, then closes the channel. */
  public void close() {
    stopTaps();
    channel.close();
  }

  private synchronized void startTaps() {
    if (taps == null) {
      taps = Taps.start(settings, channel, this::sendTapped);
    }
  }

  private synchronized void stopTaps() {
    if (taps != null) {
      taps.close();
    }
    synchronized (lock) {
      closed = true;
    }
  }

  private void sendTapped(Supplier<PipesMessage> next) {
    synchronized (lock) {
      PipesMessage message = closed ? null : next.get();
      if (message != null) {
        send(message);
      }
    }
  }

  private void send(PipesMessage message) {
    OwnWork.enter();
    try {
      channel.write(message);
    } finally {
      OwnWork.leave();
    }
  }

  /**
   * A look at the characters; parsing every message again would double the work. Channels carry
   * ASCII only.
   */
  private static boolean isOneObject(String line) {
    if (line == null || !line.startsWith("{") || !line.endsWith("}")) {
      return false;
    }
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }
}
