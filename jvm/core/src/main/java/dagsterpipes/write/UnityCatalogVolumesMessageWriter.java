package dagsterpipes.write;

import dagsterpipes.params.SentParams;
import dagsterpipes.wire.MessagesParams;
import java.util.Map;

/**
 * Writes chunks into a directory of a Unity Catalog volume, which Databricks mounts under {@code
 * /Volumes}, for {@code dagster_databricks.PipesUnityCatalogVolumesMessageReader}; {@code
 * dagster_pipes.PipesUnityCatalogVolumesMessageWriter}.
 */
public final class UnityCatalogVolumesMessageWriter extends BlobStoreMessageWriter {
  @Override
  protected String uri(Map<String, Object> params) {
    return "file://" + SentParams.ofMessages(params, this).string(MessagesParams.PATH);
  }
}
