package dagsterpipes.context;

import dagsterpipes.store.StoreUri;
import java.util.Map;

/**
 * Loads the context from one object of a store. A subclass says which object the parameters of its
 * injector name. Thread-safe where {@link #uri} is.
 *
 * <p>For injectors whose parameters do not say which store they mean; passed with {@code
 * Pipes.builder().contextLoader(...)}.
 */
public abstract class BlobStoreContextLoader implements ContextLoader {
  /**
   * The object that these parameters name, as a URI: {@code gs://bucket/run/context.json}. A {@code
   * file:} URI needs the JDK alone, any other one a Hadoop {@code FileSystem} on the class path.
   *
   * @param params as {@link #load} has them
   * @throws dagsterpipes.errors.PipesException for parameters that name no such object
   */
  protected abstract String uri(Map<String, Object> params);

  @Override
  public final ContextData load(Map<String, Object> params) {
    StoreUri place = StoreUri.parse(uri(params), "uri");
    return StoredContext.load(place, place.key());
  }
}
