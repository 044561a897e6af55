package dagsterpipes.log4j2;

import dagsterpipes.logging.ForwardRules;
import dagsterpipes.logging.LogForwarder;
import dagsterpipes.logging.LogLevels;
import dagsterpipes.report.LogLevel;
import java.io.Serializable;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.Core;
import org.apache.logging.log4j.core.Filter;
import org.apache.logging.log4j.core.Layout;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.config.plugins.Plugin;
import org.apache.logging.log4j.core.config.plugins.PluginAttribute;
import org.apache.logging.log4j.core.config.plugins.PluginElement;
import org.apache.logging.log4j.core.config.plugins.PluginFactory;

/**
 * Sends log4j2's lines to Dagster's event log while a session is open, and does nothing otherwise.
 *
 * <p>By name in log4j2.properties, where this jar is on the class path from the start ({@code
 * spark.driver.extraClassPath}; {@code --jars} comes after log4j has read its configuration):
 *
 * <pre>
 *   appender.dagster.type = DagsterPipes
 *   appender.dagster.name = dagster
 *   rootLogger.appenderRef.dagster.ref = dagster
 *   rootLogger.appenderRef.dagster.level = warn
 * </pre>
 *
 * <p>Elsewhere the property {@code spark.dagster.pipes.forwardLogs} attaches it when the session
 * opens. Without a layout a line is {@code LOGGER: MESSAGE} with the exception's stack below it.
 * Thread-safe.
 */
@Plugin(
    name = "DagsterPipes",
    category = Core.CATEGORY_NAME,
    elementType = Appender.ELEMENT_TYPE,
    printObject = true)
public final class PipesAppender extends AbstractAppender {
  /** Null: every line that the configuration lets through is sent. */
  private final ForwardRules rules;

  private PipesAppender(
      String name, Filter filter, Layout<? extends Serializable> layout, ForwardRules rules) {
    super(name, filter, layout, true, Property.EMPTY_ARRAY);
    this.rules = rules;
  }

  /**
   * Makes the appender of a configuration; log4j calls it.
   *
   * @param name null: DagsterPipes
   * @param layout null: a line is {@code LOGGER: MESSAGE}
   * @param filter null: every line is sent
   */
  @PluginFactory
  public static PipesAppender createAppender(
      @PluginAttribute("name") String name,
      @PluginElement("Layout") Layout<? extends Serializable> layout,
      @PluginElement("Filter") Filter filter) {
    return new PipesAppender(name == null ? "DagsterPipes" : name, filter, layout, null);
  }

  static PipesAppender of(String name, ForwardRules rules) {
    return new PipesAppender(name, null, null, rules);
  }

  @Override
  public void append(LogEvent event) {
    if (!LogForwarder.isOpen()) {
      return;
    }
    try {
      int intLevel = event.getLevel().intLevel();
      if (rules != null && !rules.choose(event.getLoggerName(), intLevel)) {
        return;
      }
      LogLevel level = LogLevels.ofLog4j(intLevel);
      if (getLayout() == null) {
        String message = event.getMessage().getFormattedMessage();
        LogForwarder.line(level, event.getLoggerName(), message, event.getThrown());
      } else {
        LogForwarder.line(level, null, Layouts.text(getLayout(), event).trim(), null);
      }
    } catch (Throwable e) {
      LogForwarder.lost(e);
    }
  }
}
