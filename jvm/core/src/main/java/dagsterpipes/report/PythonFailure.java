package dagsterpipes.report;

import java.util.Map;

/** What a PySpark script raised, as Python describes it; the JVM has no class for it. Immutable. */
public final class PythonFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Map<String, Object> params;

  /**
   * An exception without a stack of the JVM's.
   *
   * @param params {@code dagster_pipes.PipesException}: message, stack, name, cause and context
   */
  public PythonFailure(Map<String, Object> params) {
    super(params.get("name") + ": " + params.get("message"), null, false, false);
    this.params = params;
  }

  /** What {@code closed} tells Dagster, as Python wrote it. */
  public Map<String, Object> params() {
    return params;
  }
}
