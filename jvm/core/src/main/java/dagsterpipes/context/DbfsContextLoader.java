package dagsterpipes.context;

import dagsterpipes.params.SentParams;
import dagsterpipes.wire.ContextParams;
import java.util.Map;

/**
 * Loads the context that {@code dagster_databricks.PipesDbfsContextInjector} put on DBFS, through
 * the mount {@code /dbfs} that Databricks clusters have; {@code
 * dagster_pipes.PipesDbfsContextLoader}.
 *
 * <p>A context on a Unity Catalog volume is a file like any other: {@link DefaultContextLoader}.
 */
public final class DbfsContextLoader extends BlobStoreContextLoader {
  private final String mount;

  /** Loads from the mount {@code /dbfs}. */
  public DbfsContextLoader() {
    this("/dbfs");
  }

  DbfsContextLoader(String mount) {
    this.mount = mount;
  }

  @Override
  protected String uri(Map<String, Object> params) {
    String path = SentParams.ofContext(params, this).string(ContextParams.PATH);
    return "file://" + mount + (path.startsWith("/") ? path : "/" + path);
  }
}
