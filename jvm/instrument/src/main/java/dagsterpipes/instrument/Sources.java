package dagsterpipes.instrument;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;

/**
 * The asset keys of the tables and files that are read. {@code SparkJob(inputs=...)} may give them.
 * Else the key consists of the parts of a table's name, or of a path after its scheme, as the asset
 * of that table or file is named. Immutable.
 */
final class Sources {
  private static final int MOST_PATHS = 20;

  private final Patterns patterns;

  /**
   * @param patterns the given asset keys
   */
  Sources(Patterns patterns) {
    this.patterns = patterns;
  }

  /**
   * The sources of a relation's columns, by their names. They are unknown if it is no table and no
   * file, and if too many files are named one by one.
   */
  Function<String, Column> columnsOf(Object relation) {
    Place place = Place.of(relation);
    if (!place.isTableOrFile()) {
      String what = relation.getClass().getSimpleName();
      return unknown("it is read from " + what + ", which is no table and no file");
    }
    Set<String> assets = assetsOf(place);
    if (assets.size() > MOST_PATHS) {
      return unknown("it is read from more than " + MOST_PATHS + " paths");
    }
    return column -> {
      Set<SourceColumn> sources = new LinkedHashSet<>();
      for (String asset : assets) {
        sources.add(new SourceColumn(asset, column));
      }
      return Column.from(sources);
    };
  }

  private Set<String> assetsOf(Place place) {
    Set<String> assets = new LinkedHashSet<>();
    String table = place.table();
    if (table != null) {
      String asset = patterns.assetOf(table, place.path());
      assets.add(asset != null ? asset : table.replace("/", "\\/").replace('.', '/'));
      return assets;
    }
    for (String path : place.paths()) {
      String asset = patterns.assetOf(null, path);
      assets.add(asset != null ? asset : Patterns.bare(path));
    }
    return assets;
  }

  private static Function<String, Column> unknown(String reason) {
    Column unknown = Column.unknown(reason);
    return column -> unknown;
  }
}
