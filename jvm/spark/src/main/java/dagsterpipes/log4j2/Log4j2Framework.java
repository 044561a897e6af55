package dagsterpipes.log4j2;

import dagsterpipes.logging.ForwardRules;
import dagsterpipes.logging.LogFramework;

/** log4j2, where its core is there and in charge; loads without it. */
public final class Log4j2Framework implements LogFramework {
  @Override
  public boolean isInUse() {
    try {
      return Log4j2Configurations.isInUse();
    } catch (LinkageError e) {
      return false; // no log4j-core in this process
    }
  }

  @Override
  public AutoCloseable forward(ForwardRules rules) {
    return ForwardedLoggers.attach(rules);
  }

  @Override
  public AutoCloseable tapConsole(ConsoleSink sink) {
    return ConsoleTwins.attach(sink);
  }
}
