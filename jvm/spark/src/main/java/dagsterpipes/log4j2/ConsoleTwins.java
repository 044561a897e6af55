package dagsterpipes.log4j2;

import dagsterpipes.logging.LogFramework.ConsoleSink;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.AppenderRef;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;

/**
 * Beside every console appender that keeps the stream it found when log4j started, one that shows
 * the same text to the capture: on the same loggers, with the same levels, filters and layout.
 *
 * <p>An appender with {@code follow="true"} prints to whatever {@code System.out} is: it needs
 * none. One that is reached through another appender (Async, Failover, ...) only is not seen.
 */
final class ConsoleTwins {
  private static final String PREFIX = "dagster-pipes-twin-";

  private ConsoleTwins() {}

  static AutoCloseable attach(ConsoleSink sink) {
    return new Log4j2Configurations((context, configuration) -> add(configuration, sink));
  }

  private static List<Runnable> add(Configuration configuration, ConsoleSink sink) {
    List<Runnable> undo = new ArrayList<>();
    for (LoggerConfig logger : Log4j2Configurations.loggers(configuration)) {
      for (Appender appender : new ArrayList<>(logger.getAppenders().values())) {
        if (appender instanceof ConsoleAppender && !follows((ConsoleAppender) appender)) {
          Twin twin = new Twin((ConsoleAppender) appender, sink);
          twin.start();
          AppenderRef ref = reference(logger, appender);
          logger.addAppender(
              twin, ref == null ? null : ref.getLevel(), ref == null ? null : ref.getFilter());
          undo.add(() -> logger.removeAppender(twin.getName()));
        }
      }
    }
    return undo;
  }

  /**
   * The manager's name holds what the appender keeps to itself: {@code SYSTEM_ERR.follow.direct}.
   */
  private static boolean follows(ConsoleAppender console) {
    return console.getManager().getName().startsWith(console.getTarget() + ".true");
  }

  /** Null where code added the appender, as log4j's built-in configuration does. */
  private static AppenderRef reference(LoggerConfig logger, Appender appender) {
    for (AppenderRef ref : logger.getAppenderRefs()) {
      if (ref.getRef().equals(appender.getName())) {
        return ref;
      }
    }
    return null;
  }

  private static final class Twin extends AbstractAppender {
    private final ConsoleAppender console;
    private final ConsoleSink sink;
    private final boolean isStderr;

    Twin(ConsoleAppender console, ConsoleSink sink) {
      super(PREFIX + console.getName(), null, null, true, Property.EMPTY_ARRAY);
      this.console = console;
      this.sink = sink;
      this.isStderr = console.getTarget() == ConsoleAppender.Target.SYSTEM_ERR;
    }

    @Override
    public void append(LogEvent event) {
      // Asked of the appender itself: Spark's shell gives it another filter while it runs.
      if (!console.isFiltered(event)) {
        sink.text(isStderr, Layouts.text(console.getLayout(), event));
      }
    }
  }
}
