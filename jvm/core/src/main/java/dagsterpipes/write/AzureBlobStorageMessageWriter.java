package dagsterpipes.write;

import dagsterpipes.params.SentParams;
import dagsterpipes.store.StoreUri;
import dagsterpipes.wire.MessagesParams;
import java.util.Map;

/**
 * Writes chunks into a container of Azure Blob Storage through Hadoop's ABFS driver, for {@code
 * dagster_azure.pipes.PipesAzureBlobStorageMessageReader}; {@code
 * dagster_pipes.PipesAzureBlobStorageMessageWriter}.
 */
public final class AzureBlobStorageMessageWriter extends BlobStoreMessageWriter {
  private final String account;

  /**
   * Writes into a container of this account.
   *
   * @param account the storage account, which the reader does not send: its name, or the whole host
   *     of its DFS endpoint
   */
  public AzureBlobStorageMessageWriter(String account) {
    this.account = account;
  }

  @Override
  protected String uri(Map<String, Object> params) {
    SentParams sent = SentParams.ofMessages(params, this);
    return under(
        StoreUri.azure(sent.string(MessagesParams.BUCKET), account),
        sent.optional(MessagesParams.KEY_PREFIX));
  }
}
