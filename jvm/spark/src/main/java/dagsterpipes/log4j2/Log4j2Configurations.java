package dagsterpipes.log4j2;

import java.beans.PropertyChangeListener;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;

/** What we add to log4j's configuration, again whenever it is replaced, until it is closed. */
final class Log4j2Configurations implements AutoCloseable {
  private final LoggerContext context;
  private final PropertyChangeListener onChange =
      event -> configurationChanged(event.getNewValue());
  private final BiFunction<LoggerContext, Configuration, List<Runnable>> adding;
  private List<Runnable> undo = new ArrayList<>();
  private Configuration added;
  private boolean closed;

  /**
   * @param adding adds to one configuration and returns what takes it away again
   */
  Log4j2Configurations(BiFunction<LoggerContext, Configuration, List<Runnable>> adding) {
    this.adding = adding;
    this.context = (LoggerContext) LogManager.getContext(false);
    context.addPropertyChangeListener(onChange);
    apply(context.getConfiguration());
  }

  /** Whether log4j's own core answers to its API, and not a bridge to another framework. */
  static boolean isInUse() {
    return LogManager.getContext(false) instanceof LoggerContext;
  }

  /** With the root: log4j's built-in configuration does not list it. */
  static Set<LoggerConfig> loggers(Configuration configuration) {
    Set<LoggerConfig> loggers = new LinkedHashSet<>(configuration.getLoggers().values());
    loggers.add(configuration.getRootLogger());
    return loggers;
  }

  private void configurationChanged(Object now) {
    if (now instanceof Configuration) {
      apply((Configuration) now);
    }
  }

  private synchronized void apply(Configuration configuration) {
    // Every change of a level says "configuration changed", too, with the same one.
    if (!closed && configuration != added) {
      added = configuration;
      undo = adding.apply(context, configuration);
      context.updateLoggers();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    context.removePropertyChangeListener(onChange);
    undo.forEach(Runnable::run);
    context.updateLoggers();
  }
}
