package dagsterpipes;

import dagsterpipes.context.ContextData;
import dagsterpipes.context.ContextLoader;
import dagsterpipes.context.DefaultContextLoader;
import dagsterpipes.errors.PipesException;
import dagsterpipes.errors.PipesIoException;
import dagsterpipes.params.ArgumentsParamsLoader;
import dagsterpipes.params.EnvironmentParamsLoader;
import dagsterpipes.params.ParamsLoader;
import dagsterpipes.params.SystemPropertiesParamsLoader;
import dagsterpipes.session.Reserve;
import dagsterpipes.write.DefaultMessageWriter;
import dagsterpipes.write.MessageWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
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
  private Map<String, Object> openedExtras = Collections.emptyMap();

  PipesBuilder() {}

  /** The program's arguments: parameters are looked for there first. They are copied. */
  public PipesBuilder args(String[] programArgs) {
    args = programArgs.clone();
    return this;
  }

  /** The only source of parameters, in place of arguments, system properties and environment. */
  public PipesBuilder paramsLoader(ParamsLoader loader) {
    paramsLoader = loader;
    return this;
  }

  /**
   * The loader that fetches the context, in place of {@link DefaultContextLoader}: for an injector
   * whose parameters do not say which store they mean.
   */
  public PipesBuilder contextLoader(ContextLoader loader) {
    contextLoader = loader;
    return this;
  }

  /**
   * The writer that opens the channel, in place of {@link DefaultMessageWriter}: for a reader whose
   * parameters do not say which store they mean.
   */
  public PipesBuilder messageWriter(MessageWriter writer) {
    messageWriter = writer;
    return this;
  }

  /**
   * Extras of the message {@code opened}, beside the writer's own extras. If both have the same
   * name, these win.
   *
   * @param extras JSON values only; copied
   */
  public PipesBuilder openedExtras(Map<String, Object> extras) {
    openedExtras = new LinkedHashMap<>(extras);
    return this;
  }

  /**
   * Whether Dagster has launched this process: a loader has parameters, either that of {@link
   * #paramsLoader} or any of the default loaders. If not, {@link #open()} opens no session.
   *
   * <p>The call neither decodes the parameters nor opens anything. Each call searches again.
   */
  public boolean isDagsterPipesProcess() {
    return params() != null;
  }

  /**
   * Opens a session, or gives the one that is open with the same message parameters.
   *
   * <p>Without parameters it gives the session that is open, else one that does nothing.
   *
   * @throws PipesException for parameters or a context that cannot be used, and if a session with
   *     the same message parameters has ended in this process
   * @throws PipesIoException when the context cannot be read or the first message cannot be written
   */
  public PipesContext open() {
    return OpenContexts.open(this).context;
  }

  /**
   * Opens a session, runs {@code body} and closes; see {@link Pipes#run(String[], PipesBody)}.
   *
   * @throws PipesException as {@link #open()}
   */
  public void run(PipesBody body) {
    OpenContexts.Opened opened = OpenContexts.open(this);
    PipesContext pipes = opened.context;
    if (!opened.isNew) {
      try {
        body.run(pipes);
      } catch (Throwable thrown) {
        // The opener of the session learns of it, and closes.
        throw PipesBuilder.<RuntimeException>same(thrown);
      }
      return;
    }
    try {
      body.run(pipes);
    } catch (
        Throwable thrown) { // Errors too: an OutOfMemoryError is a reason that Dagster should show
      Reserve.release();
      try {
        pipes.close(isControlFlow(thrown) ? null : thrown);
      } catch (Throwable second) {
        // Why the job failed matters more than that it could not be told.
        if (second != thrown) {
          thrown.addSuppressed(second);
        }
      }
      throw PipesBuilder.<RuntimeException>same(thrown);
    }
    pipes.close();
  }

  /** Null outside Dagster. */
  ParamsLoader params() {
    ParamsLoader params = paramsLoader != null ? paramsLoader : firstWithParams();
    return params == null || !params.isDagsterPipesProcess() ? null : params;
  }

  ContextData context(ParamsLoader params) {
    return contextLoader.load(params.loadContextParams());
  }

  MessageWriter writer() {
    return messageWriter;
  }

  Map<String, Object> openedExtras() {
    Map<String, Object> extras = new LinkedHashMap<>(messageWriter.openedExtras());
    extras.putAll(openedExtras);
    return extras;
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
