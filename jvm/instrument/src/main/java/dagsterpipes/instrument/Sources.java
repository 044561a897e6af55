package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;

/**
 * The columns of relations, as sources: of tables and files that are read. {@code
 * SparkJob(inputs=...)} may give their asset keys. Else the key consists of the parts of a table's
 * name, or of a path after its scheme, as the asset of that table or file is named. For Spark's
 * thread.
 */
final class Sources {
  private static final int MOST_PATHS = 20;

  /** Spark's mark on columns that describe files, such as {@code _metadata}. */
  private static final String METADATA_COLUMN = "__metadata_col";

  private final Patterns patterns;
  private final Checkpoints checkpoints = new Checkpoints();

  /**
   * @param patterns the given asset keys
   */
  Sources(Patterns patterns) {
    this.patterns = patterns;
  }

  Checkpoints checkpoints() {
    return checkpoints;
  }

  /**
   * The columns of a leaf of a plan. They are unknown if it is no table and no file, and if too
   * many files are named one by one.
   */
  PlanColumns columnsOf(Object relation) {
    switch (ScalaView.kind(relation)) {
      case "OneRowRelation":
      case "LocalRelation": // rows that the application itself has
      case "ResolvedInlineTable": // VALUES with functions such as current_date()
      case "Range":
        return all(relation, Column.CONSTANT);
      case "LogicalRDD":
        return checkpoints.columnsOf(relation);
      case "ExternalRDD":
        return all(relation, Opaque.column(relation));
      default:
    }
    Place place = Place.of(relation);
    Object jdbc = ScalaView.callIfThere(ScalaView.callIfThere(relation, "relation"), "jdbcOptions");
    if (!place.isTableOrFile() && jdbc != null) {
      return ofQuery(jdbc, relation);
    }
    if (!place.isTableOrFile()) {
      String what = ScalaView.kind(relation);
      return all(
          relation, Column.unknown("it is read from " + what + ", which is no table and no file"));
    }
    Set<String> assets = assetsOf(place, relation);
    if (assets.size() > MOST_PATHS) {
      return all(relation, Column.unknown("it is read from more than " + MOST_PATHS + " paths"));
    }
    return columnsOf(assets, relation);
  }

  private PlanColumns ofQuery(Object jdbc, Object relation) {
    List<Object> output = ScalaView.list(relation, "output");
    List<String> names = new ArrayList<>();
    output.forEach(attribute -> names.add(((Attribute) attribute).name()));
    List<Column> columns =
        JdbcQuery.columns(
            (String) ScalaView.call(jdbc, "tableOrQuery"),
            names,
            table -> assetsOf(Place.ofJdbc(jdbc, table), relation).iterator().next());
    PlanColumns made = new PlanColumns();
    for (int i = 0; i < columns.size(); i++) {
      made.put(output.get(i), columns.get(i));
    }
    return made;
  }

  private static PlanColumns columnsOf(Set<String> assets, Object relation) {
    PlanColumns columns = new PlanColumns();
    for (Object output : ScalaView.list(relation, "output")) {
      Attribute attribute = (Attribute) output;
      Set<SourceColumn> sources = new LinkedHashSet<>();
      if (!attribute.metadata().contains(METADATA_COLUMN)) {
        assets.forEach(asset -> sources.add(new SourceColumn(asset, attribute.name())));
      }
      columns.put(attribute, Column.from(sources));
    }
    return columns;
  }

  private Set<String> assetsOf(Place place, Object relation) {
    Set<String> assets = new LinkedHashSet<>();
    TableName table = place.tableName();
    if (table != null) {
      String asset = patterns.assetOf(table, place.path());
      assets.add(asset != null ? asset : table.assetKey());
      return assets;
    }
    DataFolder folder = DataFolder.of(relation);
    for (String path : place.paths()) {
      assets.add(assetOf(path, folder.around(path)));
    }
    return assets;
  }

  private String assetOf(String path, String folder) {
    String asset = patterns.assetOf(null, path);
    asset = asset != null ? asset : patterns.assetOf(null, folder);
    return asset != null ? asset : FilePath.of(folder).rest();
  }

  private static PlanColumns all(Object relation, Column column) {
    PlanColumns columns = new PlanColumns();
    ScalaView.list(relation, "output").forEach(attribute -> columns.put(attribute, column));
    return columns;
  }
}
