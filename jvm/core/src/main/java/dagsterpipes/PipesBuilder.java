package dagsterpipes;

import dagsterpipes.capture.TapSettings;
import dagsterpipes.context.ContextData;
import dagsterpipes.context.ContextLoader;
import dagsterpipes.context.DefaultContextLoader;
import dagsterpipes.internal.OwnWork;
import dagsterpipes.internal.Stderr;
import dagsterpipes.params.ArgumentsParamsLoader;
import dagsterpipes.params.EnvironmentParamsLoader;
import dagsterpipes.params.ParamsLoader;
import dagsterpipes.params.SystemPropertiesParamsLoader;
import dagsterpipes.write.DefaultMessageWriter;
import dagsterpipes.write.MessageWriter;
import dagsterpipes.write.MessageWriterChannel;
import java.util.Map;

/**
 * Opens a session with loaders or a writer of the caller's choice; from {@link Pipes#builder()}.
 * For one thread.
 */
public final class PipesBuilder {
  private String[] args = {};
  private ParamsLoader paramsLoader;
  private ContextLoader contextLoader = new DefaultContextLoader();
  private MessageWriter messageWriter = new DefaultMessageWriter();

  PipesBuilder() {}

  /** The program's arguments: parameters are looked for there first. */
  public PipesBuilder args(String[] programArgs) {
    args = programArgs.clone();
    return this;
  }

  /** In place of arguments, system properties and environment. */
  public PipesBuilder paramsLoader(ParamsLoader loader) {
    paramsLoader = loader;
    return this;
  }

  public PipesBuilder contextLoader(ContextLoader loader) {
    contextLoader = loader;
    return this;
  }

  public PipesBuilder messageWriter(MessageWriter writer) {
    messageWriter = writer;
    return this;
  }

  /**
   * The session that is open in this process, or else a new one.
   *
   * @throws PipesException for parameters or a context that cannot be used
   * @throws PipesIoException when the context cannot be read or the first message cannot be written
   */
  public PipesContext open() {
    return Pipes.openOnce(this);
  }

  /** As {@link Pipes#run(String[], PipesBody)}. */
  public <E extends Throwable> void run(PipesBody<E> body) throws E {
    PipesContext pipes = open();
    try {
      body.run(pipes);
    } catch (
        Throwable thrown) { // Errors too: an OutOfMemoryError is a reason that Dagster should show
      try {
        pipes.close(isControlFlow(thrown) ? null : thrown);
      } catch (Throwable second) {
        // Why the job failed matters more than that it could not be told.
        if (second != thrown) {
          thrown.addSuppressed(second);
        }
      }
      throw PipesBuilder.<E>same(thrown);
    }
    pipes.close();
  }

  PipesContext create(Runnable onClose) {
    ParamsLoader params = paramsLoader != null ? paramsLoader : firstWithParams();
    if (params == null || !params.isDagsterPipesProcess()) {
      Stderr.notice(
          "This process was not launched by a Dagster orchestration process. All calls to the Pipes"
              + " context are no-ops.");
      return new InactivePipesContext(onClose);
    }
    ContextData context = contextLoader.load(params.loadContextParams());
    Map<String, Object> messagesParams = params.loadMessagesParams();
    // Before anything is opened: a bad setting needs no clean-up.
    TapSettings taps = TapSettings.of(messagesParams);
    MessageWriterChannel channel = openChannel(messagesParams);
    try {
      ActivePipesContext pipes =
          new ActivePipesContext(context, channel, messageWriter.openedExtras(), onClose);
      pipes.startTaps(taps);
      return pipes;
    } catch (RuntimeException | Error e) {
      try {
        channel.close();
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private MessageWriterChannel openChannel(Map<String, Object> messagesParams) {
    OwnWork.enter(); // the threads that it starts belong to the channel
    try {
      return messageWriter.open(messagesParams);
    } finally {
      OwnWork.leave();
    }
  }

  private ParamsLoader firstWithParams() {
    ParamsLoader[] sources = {
      new ArgumentsParamsLoader(args),
      new SystemPropertiesParamsLoader(),
      new EnvironmentParamsLoader()
    };
    for (ParamsLoader source : sources) {
      if (source.isDagsterPipesProcess()) {
        return source;
      }
    }
    return null;
  }

  /**
   * Scala leaves a closure early ({@code return}, {@code breakable}) by an exception that is no
   * failure.
   */
  private static boolean isControlFlow(Throwable thrown) {
    for (Class<?> type = thrown.getClass(); type != null; type = type.getSuperclass()) {
      for (Class<?> face : type.getInterfaces()) {
        if (face.getName().equals("scala.util.control.ControlThrowable")) {
          return true;
        }
      }
      if (type.getName().equals("scala.util.control.ControlThrowable")) {
        return true;
      }
    }
    return false;
  }

  /**
   * The very same object, whatever it is: the process must fail as it would have failed without a
   * session.
   */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> E same(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
