package dagsterpipes.instrument;

import dagsterpipes.wire.PipesConf;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The asset keys of what is read: those that {@code SparkJob(inputs=...)} gives; else the parts of
 * a table's name, or of a path behind its scheme, which is what a table of that name and a file in
 * that place are called as assets. Immutable.
 */
final class Sources {
  private static final int MOST_PATHS = 20;

  private final Patterns patterns =
      Patterns.parse(PipesConf.INSTRUMENT_INPUTS, System.getProperty(PipesConf.INSTRUMENT_INPUTS));

  /** Null for what is no table and no file, and where too many files are named one by one. */
  Set<String> assetsOf(Object relation) {
    Place place = Place.of(relation);
    if (place == null || (place.table == null && place.path == null)) {
      return null;
    }
    Set<String> assets = new LinkedHashSet<>();
    if (place.table != null) {
      String asset = patterns.assetOf(place.table, place.path);
      assets.add(asset != null ? asset : place.table.replace("/", "\\/").replace('.', '/'));
      return assets;
    }
    for (String path : place.paths) {
      String asset = patterns.assetOf(null, path);
      assets.add(asset != null ? asset : Patterns.bare(path));
    }
    return assets.size() > MOST_PATHS ? null : assets;
  }
}
