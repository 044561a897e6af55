package dagsterpipes;

import dagsterpipes.capture.TapSettings;
import dagsterpipes.context.ContextData;
import dagsterpipes.context.DefaultContextLoader;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.OwnWork;
import dagsterpipes.internal.Stderr;
import dagsterpipes.params.ParamsLoader;
import dagsterpipes.session.Session;
import dagsterpipes.session.Sessions;
import dagsterpipes.write.DefaultMessageWriter;
import dagsterpipes.write.MessageWriter;
import dagsterpipes.write.MessageWriterChannel;
import java.util.Map;

/** Finds or makes the context for the caller who opens a session. Thread-safe. */
final class OpenContexts {
  private static volatile PipesContext inactive;

  private OpenContexts() {}

  /** A context, and whether the caller is the one who opened it. */
  static final class Opened {
    final PipesContext context;
    final boolean isNew;

    Opened(PipesContext context, boolean isNew) {
      this.context = context;
      this.isNew = isNew;
    }
  }

  static Opened open(PipesBuilder builder) {
    synchronized (Sessions.OPENING) {
      ParamsLoader params = builder.params();
      if (params == null) {
        Session open = Sessions.first();
        return open != null ? over(open, builder, null) : inactive();
      }
      Map<String, Object> messagesParams = params.loadMessagesParams();
      Session open = Sessions.find(messagesParams);
      return open != null
          ? over(open, builder, params)
          : new Opened(create(builder, params, messagesParams), true);
    }
  }

  /** Null where no session is open. */
  static PipesContext current() {
    Session open = Sessions.first();
    if (open == null) {
      return inactive;
    }
    PipesContext context = view(open);
    if (context != null && !context.isClosed()) {
      return context;
    }
    synchronized (Sessions.OPENING) {
      PipesBuilder builder = new PipesBuilder();
      return over(open, builder, builder.params()).context;
    }
  }

  private static PipesContext create(
      PipesBuilder builder, ParamsLoader params, Map<String, Object> messagesParams) {
    ContextData data = builder.context(params);
    // Before anything is opened: a bad setting needs no clean-up.
    TapSettings taps = TapSettings.of(messagesParams);
    MessageWriter writer = builder.writer();
    MessageWriterChannel channel = OwnWork.of(() -> writer.open(messagesParams));
    // Only the job's own writer knows what its parameters mean: it may be opened again.
    boolean remembered = writer instanceof DefaultMessageWriter;
    Session session = new Session(messagesParams, null, channel, remembered);
    try {
      ActivePipesContext context = new ActivePipesContext(data, session, true);
      session.view(context);
      session.atProcessEnd(context::processEnds);
      session.tap(taps);
      Sessions.add(session); // first: the process may end while `opened` is on its way
      context.sayOpened(builder.openedExtras());
      return context;
    } catch (RuntimeException | Error e) {
      Sessions.abandon(session);
      try {
        channel.close();
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** The JVM's context over an open session: the one there is, or one over Python's. */
  private static Opened over(Session session, PipesBuilder builder, ParamsLoader params) {
    PipesContext context = view(session);
    if (context != null && !context.isClosed()) {
      return new Opened(context, false);
    }
    ActivePipesContext guest =
        new ActivePipesContext(data(session, builder, params), session, false);
    session.view(guest);
    return new Opened(guest, true);
  }

  /** Null where only Python has one so far. No other class is a view. */
  private static PipesContext view(Session session) {
    return (ActivePipesContext) session.view();
  }

  private static ContextData data(Session session, PipesBuilder builder, ParamsLoader params) {
    if (params != null) {
      return builder.context(params);
    }
    if (session.contextParams() != null) {
      return new DefaultContextLoader().load(session.contextParams());
    }
    throw Fault.says("The context of the open Pipes session is not known to the JVM.")
        .expected(
            "parameters in the system properties or the environment of the JVM, or a session from"
                + " dagster_pipes_jvm.pyspark.open_pipes(spark)",
            "a session that Python opened in another way",
            Fault.JOB)
        .todo("Open it with open_pipes(spark).")
        .see("second-session")
        .exception();
  }

  private static Opened inactive() {
    PipesContext open = inactive;
    if (open != null) {
      return new Opened(open, false);
    }
    Stderr.notice(
        "This process was not launched by a Dagster orchestration process. All calls to the Pipes"
            + " context are no-ops.");
    inactive = new InactivePipesContext(() -> inactive = null);
    return new Opened(inactive, true);
  }
}
