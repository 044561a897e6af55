package dagsterpipes.context;

import dagsterpipes.params.SentParams;
import dagsterpipes.wire.ContextParams;
import java.util.Map;

/**
 * Loads the context that {@code dagster_gcp.pipes.PipesGCSContextInjector} put on Google Cloud
 * Storage, through Hadoop's GCS connector; {@code dagster_pipes.PipesGCSContextLoader}.
 */
public final class GcsContextLoader extends BlobStoreContextLoader {
  @Override
  protected String uri(Map<String, Object> params) {
    SentParams sent = SentParams.ofContext(params, this);
    return "gs://" + sent.string(ContextParams.BUCKET) + "/" + sent.string(ContextParams.KEY);
  }
}
