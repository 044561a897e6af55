package dagsterpipes.log4j2;

import dagsterpipes.internal.Stderr;
import dagsterpipes.logging.ForwardRules;
import dagsterpipes.wire.PipesConf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;

/** {@code spark.dagster.pipes.forwardLogs}: our appender on every logger whose lines end there. */
final class ForwardedLoggers {
  private static final String NAME = "dagster-pipes-forward";

  private ForwardedLoggers() {}

  static AutoCloseable attach(ForwardRules rules) {
    return new Log4j2Configurations((context, configuration) -> add(configuration, rules));
  }

  private static List<Runnable> add(Configuration configuration, ForwardRules rules) {
    if (configuration.getAppenders().values().stream().anyMatch(PipesAppender.class::isInstance)) {
      Stderr.notice(
          PipesConf.FORWARD_LOGS
              + " is not followed: log4j's own configuration has a"
              + " DagsterPipes appender, and every line would arrive twice.");
      return Collections.emptyList();
    }
    PipesAppender appender = PipesAppender.of(NAME, rules);
    appender.start();
    List<Runnable> undo = new ArrayList<>();
    for (LoggerConfig logger : Log4j2Configurations.loggers(configuration)) {
      // The lines of every other logger come to one of these.
      if (logger.getParent() == null || !logger.isAdditive()) {
        logger.addAppender(appender, widest(rules), null);
        undo.add(() -> logger.removeAppender(NAME));
      }
    }
    return undo;
  }

  /** Lines that no rule lets through do not even reach the appender. */
  private static Level widest(ForwardRules rules) {
    int widest = rules.widest();
    if (widest >= Level.TRACE.intLevel()) {
      return Level.ALL;
    }
    for (Level level : Level.values()) {
      if (level.intLevel() == widest) {
        return level;
      }
    }
    return Level.ALL;
  }
}
