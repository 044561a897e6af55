package dagsterpipes.write;

import dagsterpipes.params.SentParams;
import dagsterpipes.wire.MessagesParams;
import java.util.Map;

/**
 * Writes chunks to Google Cloud Storage through Hadoop's GCS connector, for {@code
 * dagster_gcp.pipes.PipesGCSMessageReader}; {@code dagster_pipes.PipesGCSMessageWriter}.
 */
public final class GcsMessageWriter extends BlobStoreMessageWriter {
  @Override
  protected String uri(Map<String, Object> params) {
    SentParams sent = SentParams.ofMessages(params, this);
    return under(
        "gs://" + sent.string(MessagesParams.BUCKET), sent.optional(MessagesParams.KEY_PREFIX));
  }
}
