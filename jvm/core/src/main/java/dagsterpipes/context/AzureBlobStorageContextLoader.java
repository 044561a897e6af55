package dagsterpipes.context;

import dagsterpipes.params.SentParams;
import dagsterpipes.store.StoreUri;
import dagsterpipes.wire.ContextParams;
import java.util.Map;

/**
 * Loads the context that {@code dagster_azure.pipes.PipesAzureBlobStorageContextInjector} put into
 * a container, through Hadoop's ABFS driver; {@code
 * dagster_pipes.PipesAzureBlobStorageContextLoader}.
 */
public final class AzureBlobStorageContextLoader extends BlobStoreContextLoader {
  private final String account;

  /**
   * Loads from a container of this account.
   *
   * @param account the storage account, which the injector does not send: its name, or the whole
   *     host of its DFS endpoint
   */
  public AzureBlobStorageContextLoader(String account) {
    this.account = account;
  }

  @Override
  protected String uri(Map<String, Object> params) {
    SentParams sent = SentParams.ofContext(params, this);
    return StoreUri.azure(sent.string(ContextParams.BUCKET), account)
        + "/"
        + sent.string(ContextParams.KEY);
  }
}
