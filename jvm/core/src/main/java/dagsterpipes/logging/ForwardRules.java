package dagsterpipes.logging;

import dagsterpipes.internal.Fault;
import dagsterpipes.wire.PipesConf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Which lines of a logging framework go to Dagster: the value of {@code
 * spark.dagster.pipes.forwardLogs}.
 *
 * <pre>
 *   rules = rule *( "," rule )
 *   rule  = LEVEL | LOGGER "=" LEVEL      a bare LEVEL is for every logger without a rule of its own
 *   LEVEL = TRACE | DEBUG | INFO | WARN | WARNING | ERROR | FATAL | CRITICAL | OFF      in any case
 * </pre>
 *
 * <p>The rule with the longest name decides, for the logger of that name and those below it ({@code
 * acme} for {@code acme.Orders}). Immutable.
 */
public final class ForwardRules {
  private static final class Rule {
    /** Empty: every logger. */
    final String logger;

    /** In log4j's numbers: lines up to it go. */
    final int level;

    Rule(String logger, int level) {
      this.logger = logger;
      this.level = level;
    }

    boolean isFor(String name) {
      return logger.isEmpty()
          || (name.startsWith(logger)
              && (name.length() == logger.length() || name.charAt(logger.length()) == '.'));
    }
  }

  private final List<Rule> longestFirst;
  private final int widest;

  private ForwardRules(List<Rule> rules) {
    longestFirst = new ArrayList<>(rules);
    longestFirst.sort(Comparator.comparingInt(rule -> -rule.logger.length()));
    widest = rules.stream().mapToInt(rule -> rule.level).max().orElse(0);
  }

  /**
   * The rules of {@link PipesConf#FORWARD_LOGS}; null where the property is not set.
   *
   * @throws dagsterpipes.errors.PipesException as {@link #parse}
   */
  public static ForwardRules fromSystemProperties() {
    String text = System.getProperty(PipesConf.FORWARD_LOGS);
    return text == null ? null : parse(text);
  }

  /**
   * Reads rules.
   *
   * @throws dagsterpipes.errors.PipesException for anything that the grammar above does not have
   */
  public static ForwardRules parse(String text) {
    List<Rule> rules = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String logger = equals < 0 ? "" : part.substring(0, equals).trim();
      if (equals >= 0 && logger.isEmpty()) {
        throw bad(text, "`" + part.trim() + "`, which names no logger");
      }
      int level = level(text, part.substring(equals + 1).trim());
      if (rules.stream().anyMatch(rule -> rule.logger.equals(logger))) {
        throw bad(text, "two levels for " + (equals < 0 ? "every logger" : "`" + logger + "`"));
      }
      rules.add(new Rule(logger, level));
    }
    return new ForwardRules(rules);
  }

  /**
   * Whether a line of this logger goes to Dagster.
   *
   * @param level in log4j's numbers; see {@link LogLevels}
   */
  public boolean choose(String loggerName, int level) {
    if (level > widest) {
      return false;
    }
    String name = loggerName == null ? "" : loggerName;
    for (Rule rule : longestFirst) {
      if (rule.isFor(name)) {
        return level <= rule.level;
      }
    }
    return false;
  }

  /** The mildest level that any rule lets through, in log4j's numbers. */
  public int widest() {
    return widest;
  }

  private static int level(String text, String name) {
    switch (name.toUpperCase(Locale.ROOT)) {
      case "TRACE":
        return LogLevels.TRACE;
      case "DEBUG":
        return LogLevels.DEBUG;
      case "INFO":
        return LogLevels.INFO;
      case "WARN":
      case "WARNING":
        return LogLevels.WARN;
      case "ERROR":
        return LogLevels.ERROR;
      case "FATAL":
      case "CRITICAL":
        return LogLevels.FATAL;
      case "OFF":
        return LogLevels.OFF;
      default:
        throw bad(text, name.isEmpty() ? "a rule without a level" : "the level `" + name + "`");
    }
  }

  private static RuntimeException bad(String text, String found) {
    return Fault.value(PipesConf.FORWARD_LOGS, "Pipes.open")
        .expected(
            "levels with or without loggers, such as `WARN` or `acme=INFO,WARN`",
            found + " in `" + text + "`",
            "set by --conf or -D")
        .todo("Levels are TRACE, DEBUG, INFO, WARN, ERROR, FATAL and OFF; or leave the key out.")
        .see("logging")
        .exception();
  }
}
