package dagsterpipes.spark;

import dagsterpipes.capture.TapSettings;
import dagsterpipes.context.DefaultContextLoader;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.OwnWork;
import dagsterpipes.json.Json;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.params.ParamCodec;
import dagsterpipes.report.LogLevel;
import dagsterpipes.report.ThrowableParams;
import dagsterpipes.session.ProcessEnd;
import dagsterpipes.session.Session;
import dagsterpipes.session.Sessions;
import dagsterpipes.wire.MessageFields;
import dagsterpipes.wire.Method;
import dagsterpipes.write.DefaultMessageWriter;
import dagsterpipes.write.MessageWriterChannel;
import java.util.Collections;
import java.util.Map;

/**
 * Python calls it over py4j: the JVM's way to the context, and a session whose messages Python has
 * encoded.
 *
 * <p>For {@code dagster_pipes_jvm.pyspark}; a job in a JVM language uses {@link
 * dagsterpipes.Pipes}. Python and the JVM code that it calls share one session, one `opened`, one
 * `closed` and one order. The side that opens the session first sends both, and those of the other
 * side are left out. Arguments and results are strings, since py4j carries those best. {@link
 * #write} is safe from many threads and keeps every line whole; {@link #close} delivers the
 * messages that still wait, and a second close does nothing. Lines of log4j that {@code
 * spark.dagster.pipes.forwardLogs} asks for travel with Python's messages, between `opened` and
 * `closed`; stdout and stderr are captured by Python, never here. Errors reach Python as
 * Py4JJavaError with the exception of the JVM in it.
 */
public final class PySparkBridge {
  private final Session session;

  /** False where JVM code opened the session before Python did. */
  private final boolean owner;

  private volatile boolean saidClosed;

  private PySparkBridge(Session session, boolean owner) {
    this.session = session;
    this.owner = owner;
  }

  /**
   * The context that these parameters name.
   *
   * @param encodedContextParams as in DAGSTER_PIPES_CONTEXT; see {@link ParamCodec}
   * @return the context's JSON, unknown fields too
   * @throws dagsterpipes.errors.PipesException for bad parameters, a context that is missing or
   *     invalid
   */
  public static String loadContext(String encodedContextParams) {
    return Json.write(
        new DefaultContextLoader().load(ParamCodec.decode(encodedContextParams, "context")).raw());
  }

  /**
   * Opens a session on the channel that these parameters name, or joins the one that JVM code
   * opened.
   *
   * @param encodedMessagesParams as in DAGSTER_PIPES_MESSAGES; see {@link ParamCodec}
   * @param encodedContextParams as in DAGSTER_PIPES_CONTEXT, for JVM code that Python calls; null:
   *     such code has to find them itself
   * @throws dagsterpipes.errors.PipesException for bad parameters, and where a session with the
   *     same message parameters has ended in this process
   */
  public static PySparkBridge open(String encodedMessagesParams, String encodedContextParams) {
    Map<String, Object> params = ParamCodec.decode(encodedMessagesParams, "messages");
    Map<String, Object> context =
        encodedContextParams == null ? null : ParamCodec.decode(encodedContextParams, "context");
    synchronized (Sessions.OPENING) {
      Session open = Sessions.find(params);
      if (open != null) {
        return new PySparkBridge(open, false);
      }
      // Before anything is opened: a bad setting needs no clean-up.
      TapSettings taps = TapSettings.withoutStdio();
      MessageWriterChannel channel =
          OwnWork.of(() -> new DefaultMessageWriter().openForPython(params));
      Session session = new Session(params, context, channel, true);
      session.tap(taps);
      session.atProcessEnd(end -> processEnds(session, end));
      Sessions.add(session);
      return new PySparkBridge(session, true);
    }
  }

  /**
   * The token of the run and the session, with which the identity of each line begins: {@code
   * "k3f9a1x7"}. Python numbers its own lines with it.
   *
   * @return null where the reader requests no identity
   */
  public String session() {
    return session.identity();
  }

  /**
   * Passes one message on. Only `closed` and `opened` change: they get the facts of the session,
   * before the identity that Python gave to the line. {@code write.LineNumbers} has the form.
   *
   * @param method its method, which says how urgent it is: "log", "closed"...
   * @param line one JSON object without a line end and in ASCII, as {@code json.dumps} writes it
   * @return how many messages, of Python and of JVM code, wait in this process: Python keeps as
   *     many of its last ones, for a JVM that dies. If this line was not taken, the result is -1
   *     less that number, and Python neither keeps the line nor uses up its number. This is a log
   *     line without room, any line when the process ends, or an `opened` or `closed` of a session
   *     that JVM code opened.
   * @throws dagsterpipes.errors.PipesException for a materialization of an asset that was reported
   *     in this session, and for anything that is no such line: it would break the lines after it,
   *     too
   */
  public long write(String method, String line) {
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
    boolean isTaken = pass(PipesMessage.ofLine(method, line));
    long waiting = session.waitingMessages();
    return isTaken ? waiting : -1 - waiting;
  }

  /**
   * Delivers what still waits, then closes the channel; leaves it open to JVM code that opened it.
   */
  public void close() {
    if (owner) {
      session.deliver();
    }
  }

  /** Whether the message was taken. */
  private boolean pass(PipesMessage message) {
    switch (message.method()) {
      case Method.OPENED:
        return owner && session.write(message);
      case Method.CLOSED:
        if (!owner) {
          logFailure(message);
          return false;
        }
        boolean isFirst = session.sayClosed(message);
        saidClosed |= isFirst;
        return isFirst;
      case Method.REPORT_ASSET_MATERIALIZATION:
        Object asset = params(message).get(MessageFields.ASSET_KEY);
        return asset instanceof String && !saidClosed
            ? session.writeMaterialization((String) asset, message, message.method())
            : write(message);
      default:
        return write(message);
    }
  }

  private boolean write(PipesMessage message) {
    return saidClosed
        ? session.writeAfterClosed(message) // the rest of captured output
        : session.write(message);
  }

  private void logFailure(PipesMessage closed) {
    Object failure = params(closed).get(MessageFields.EXCEPTION);
    if (failure != null && !session.isClosed()) {
      session.log(LogLevel.ERROR, "The Python part of this job failed: " + describe(failure));
    }
  }

  /**
   * A signal is told. Else Python has gone without closing: what it reported is delivered, and the
   * missing `closed` says the rest, as for any Python job.
   */
  private static void processEnds(Session session, ProcessEnd end) {
    if (end.isFromOutside()) {
      session.sayClosed(
          PipesMessage.of(
              Method.CLOSED,
              Collections.singletonMap(
                  MessageFields.EXCEPTION, ThrowableParams.of(end.failure(session)))));
    }
  }

  private static Map<?, ?> params(PipesMessage message) {
    try {
      Object params = ((Map<?, ?>) Json.read(message.line())).get(MessageFields.PARAMS);
      return params instanceof Map ? (Map<?, ?>) params : Collections.emptyMap();
    } catch (Json.Malformed e) {
      return Collections.emptyMap(); // no message of dagster_pipes
    }
  }

  /** As {@code dagster_pipes} writes exceptions: {@code {name, message, stack}}. */
  private static String describe(Object failure) {
    if (!(failure instanceof Map)) {
      return String.valueOf(failure);
    }
    Map<?, ?> exception = (Map<?, ?>) failure;
    StringBuilder text = new StringBuilder();
    text.append(exception.get("name")).append(": ").append(exception.get("message"));
    if (exception.get("stack") instanceof Iterable) {
      for (Object line : (Iterable<?>) exception.get("stack")) {
        text.append(line);
      }
    }
    return text.toString().trim();
  }

  /**
   * Checks only the characters: parsing every message again would double the work. Channels carry
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
