package dagsterpipes.bench;

import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import dagsterpipes.report.AssetMaterialization;

/** A whole session with one report. Parameters come by the environment, as from a launcher. */
public final class OneReport {
  private OneReport() {}

  public static void main(String[] args) {
    try (PipesContext pipes = Pipes.open()) {
      pipes.reportAssetMaterialization(AssetMaterialization.empty().withMetadata("rows", 336776));
    }
  }
}
