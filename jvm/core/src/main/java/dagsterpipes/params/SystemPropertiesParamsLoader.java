package dagsterpipes.params;

import dagsterpipes.wire.PipesConf;

/**
 * Parameters from {@link PipesConf#CONTEXT} and {@link PipesConf#MESSAGES}.
 *
 * <p>spark-submit makes every {@code --conf spark.*} a system property of the driver, in client and
 * in cluster mode, before the job's main begins. No other way works the same on every platform.
 */
public final class SystemPropertiesParamsLoader extends TextParamsLoader {
  /** Reads the system properties of this process, whenever parameters are asked for. */
  public SystemPropertiesParamsLoader() {
    super(PipesConf.CONTEXT, PipesConf.MESSAGES);
  }

  @Override
  String text(String name) {
    return System.getProperty(name);
  }

  @Override
  String source() {
    return "system properties (spark-submit's --conf)";
  }
}
