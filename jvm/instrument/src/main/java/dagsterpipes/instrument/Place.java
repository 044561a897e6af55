package dagsterpipes.instrument;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.sources.DataSourceRegister;

/**
 * What a relation of a plan stands for: a table, paths, or both. Looks at what the plan holds and
 * asks no file system and no catalog. Immutable once made.
 */
final class Place {
  String table;
  String path;

  /** What a source that is no table of a catalog calls itself. */
  String name;

  String format;

  /** All of them where there are several; {@link #path} is the first. */
  final List<String> paths = new ArrayList<>();

  /** Null for a relation of another kind. */
  static Place of(Object relation) {
    switch (relation.getClass().getSimpleName()) {
      case "LogicalRelation":
        return ofLogicalRelation(relation);
      case "HiveTableRelation":
        return of((CatalogTable) ScalaView.call(relation, "tableMeta"));
      case "DataSourceV2Relation":
      case "DataSourceV2ScanRelation":
        return ofVersion2(relation);
      case "ResolvedIdentifier":
        Place named = new Place();
        named.table =
            TableNames.of(
                ((CatalogPlugin) ScalaView.call(relation, "catalog")).name(),
                (Identifier) ScalaView.call(relation, "identifier"));
        return named;
      default:
        return null;
    }
  }

  static Place of(CatalogTable table) {
    Place place = new Place();
    place.table = TableNames.of(table.identifier());
    place.format = (String) ScalaView.option(table.provider());
    Object location = ScalaView.option(table.storage().locationUri());
    if (location != null) {
      place.add(((URI) location).toString());
    }
    return place;
  }

  static Place ofPath(String path) {
    Place place = new Place();
    place.add(path);
    return place;
  }

  /** {@code parquet} for Spark's ParquetFileFormat and the like. */
  static String formatOf(Object source) {
    if (source instanceof DataSourceRegister) {
      return ((DataSourceRegister) source).shortName();
    }
    return source.getClass().getSimpleName().replace("$", "");
  }

  private static Place ofLogicalRelation(Object relation) {
    Object table = ScalaView.option(ScalaView.call(relation, "catalogTable"));
    Place place = table == null ? new Place() : of((CatalogTable) table);
    Object source = ScalaView.call(relation, "relation");
    Object location = ScalaView.callIfThere(source, "location"); // of a HadoopFsRelation
    if (location != null && place.paths.isEmpty()) {
      for (Object path : ScalaView.list(location, "rootPaths")) { // as given, nothing is listed
        place.add(path.toString());
      }
    }
    Object format = ScalaView.callIfThere(source, "fileFormat");
    if (format != null && place.format == null) {
      place.format = formatOf(format);
    }
    Object jdbc = ScalaView.callIfThere(source, "jdbcOptions");
    if (jdbc != null && place.table == null) {
      String query = (String) ScalaView.callIfThere(jdbc, "tableOrQuery");
      place.table = query != null && query.matches("[\\w.\"`-]+") ? query : null;
      place.format = "jdbc";
    }
    return place.table == null && place.path == null ? null : place;
  }

  private static Place ofVersion2(Object relation) {
    if (relation.getClass().getSimpleName().equals("DataSourceV2ScanRelation")) {
      return of(ScalaView.call(relation, "relation"));
    }
    Table table = (Table) ScalaView.call(relation, "table");
    Place place = new Place();
    Object identifier = ScalaView.option(ScalaView.call(relation, "identifier"));
    Object catalog = ScalaView.option(ScalaView.call(relation, "catalog"));
    String type = table.getClass().getName();
    if (identifier != null) {
      place.table =
          TableNames.of(
              catalog == null ? null : ((CatalogPlugin) catalog).name(), (Identifier) identifier);
    }
    if (type.startsWith("org.apache.iceberg.")) {
      place.format = "iceberg";
      String location = table.properties().get("location"); // of the metadata that it has loaded
      if (location != null) {
        place.add(location);
      }
    } else if (type.contains(".delta.")) {
      place.format = "delta";
      Object path = ScalaView.callIfThere(table, "path");
      if (path != null) {
        place.add(path.toString());
      }
    } else {
      Object paths = ScalaView.callIfThere(table, "paths"); // of a FileTable, as given
      if (paths != null) {
        ScalaView.list(paths).forEach(path -> place.add(path.toString()));
      }
    }
    place.name = table.name();
    return place;
  }

  /** The relation at the bottom of a plan that does no more than name it; null if there is none. */
  static Place under(Object plan) {
    Object node = plan;
    while (node instanceof LogicalPlan) {
      Place place = of(node);
      if (place != null) {
        return place;
      }
      List<Object> children = ScalaView.list(node, "children");
      node = children.size() == 1 ? children.get(0) : null;
    }
    return null;
  }

  private void add(String added) {
    paths.add(added);
    path = path == null ? added : path;
  }
}
