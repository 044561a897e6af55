package dagsterpipes.report;

import java.util.Map;

/**
 * An exception of a PySpark script, as Python describes it; the JVM has no class for it. Immutable.
 */
public final class PythonFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Map<String, Object> params;

  /**
   * An exception without a JVM stack.
   *
   * @param params {@code dagster_pipes.PipesException}: message, stack, name, cause and context
   */
  public PythonFailure(Map<String, Object> params) {
    super(params.get("name") + ": " + params.get("message"), null, false, false);
    this.params = params;
  }

  /** The exception that {@code closed} reports, as Python wrote it. */
  public Map<String, Object> params() {
    return params;
  }
}
