package dagsterpipes.logging;

import java.util.logging.Logger;

/** {@code spark.dagster.pipes.forwardLogs} where {@code java.util.logging} is all there is. */
final class JulForwarding {
  private JulForwarding() {}

  static AutoCloseable start(ForwardRules rules) {
    Logger root = Logger.getLogger("");
    PipesJulHandler handler = new PipesJulHandler();
    handler.setFilter(
        record -> rules.choose(record.getLoggerName(), LogLevels.log4jOfJul(record.getLevel())));
    root.addHandler(handler);
    return () -> root.removeHandler(handler);
  }
}
