package dagsterpipes.instrument;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.sources.DataSourceRegister;

/**
 * The place of a relation of a plan: a table, paths, or both. Immutable.
 *
 * <p>Made from the plan alone; no file system and no catalog is asked. Null parts are not known.
 * The place of any other relation is {@link #UNKNOWN}.
 */
final class Place {
  /** Nothing is known of it. */
  static final Place UNKNOWN = new Place(null, Collections.<String>emptyList(), null, null);

  private final TableName table;
  private final List<String> paths;
  private final String name;
  private final String format;

  private Place(TableName table, List<String> paths, String name, String format) {
    this.table = table;
    this.paths = paths;
    this.name = name;
    this.format = format;
  }

  /** {@link #UNKNOWN} for a relation of another kind. */
  static Place of(Object relation) {
    switch (ScalaView.kind(relation)) {
      case "LogicalRelation":
        return ofLogicalRelation(relation);
      case "HiveTableRelation":
        return of((CatalogTable) ScalaView.call(relation, "tableMeta"));
      case "DataSourceV2Relation":
      case "DataSourceV2ScanRelation":
        return ofVersion2(relation);
      case "ResolvedTable":
        return ofTable(
            (Table) ScalaView.call(relation, "table"),
            ScalaView.call(relation, "identifier"),
            ScalaView.call(relation, "catalog"));
      case "DeltaTableV2":
        return ofTable((Table) relation, null, null);
      case "StreamingRelation":
        return ofStream(ScalaView.call(relation, "dataSource"));
      case "StreamingRelationV2":
        return ofVersion2(relation);
      case "ResolvedIdentifier":
        return UNKNOWN.withTable(
            TableName.of(
                ((CatalogPlugin) ScalaView.call(relation, "catalog")).name(),
                (Identifier) ScalaView.call(relation, "identifier")));
      default:
        return UNKNOWN;
    }
  }

  static Place of(CatalogTable table) {
    Object location = ScalaView.option(table.storage().locationUri());
    return UNKNOWN
        .withTable(TableName.of(table.identifier()))
        .withFormat((String) ScalaView.option(table.provider()))
        .withPath(location == null ? null : FilePath.decoded((URI) location));
  }

  /** {@code parquet} for Spark's ParquetFileFormat and the like. */
  static String formatOf(Object source) {
    if (source.getClass().getName().contains(".delta.")) {
      return "delta"; // whose file format calls itself parquet
    }
    if (source instanceof DataSourceRegister) {
      return ((DataSourceRegister) source).shortName();
    }
    return ScalaView.kind(source);
  }

  /**
   * The relation at the bottom of a plan that does no more than name it; {@link #UNKNOWN} if there
   * is none.
   */
  static Place under(Object plan) {
    Object node = plan;
    while (node instanceof LogicalPlan) {
      Place place = of(node);
      if (place.isKnown()) {
        return place;
      }
      List<Object> children = ScalaView.list(node, "children");
      node = children.size() == 1 ? children.get(0) : null;
    }
    return UNKNOWN;
  }

  /** {@code db.table}, without the name of Spark's own catalog; null for a path only. */
  String table() {
    return table == null ? null : table.toString();
  }

  /** As {@link #table()}, in parts. */
  TableName tableName() {
    return table;
  }

  /** The first one of {@link #paths()}; null where there is none. */
  String path() {
    return paths.isEmpty() ? null : paths.get(0);
  }

  /** As Spark has them, URIs mostly; none where a table's place is not known. Unmodifiable. */
  List<String> paths() {
    return paths;
  }

  /** Such as {@code parquet}. */
  String format() {
    return format;
  }

  /** Whether it has a table, a path, or a name at least. */
  boolean isKnown() {
    return table != null || !paths.isEmpty() || name != null;
  }

  /** Whether it is a table or a file; what does no more than call itself by a name is neither. */
  boolean isTableOrFile() {
    return table != null || !paths.isEmpty();
  }

  /** Whether it is the same place as far as is known: the same table, or the same path. */
  boolean isSame(Place other) {
    return (table != null && table.equals(other.table))
        || (path() != null
            && other.path() != null
            && FilePath.of(path()).isSame(FilePath.of(other.path())));
  }

  /** Whether the two may be the same table, of which one name lacks the database or catalog. */
  boolean mayBe(Place other) {
    return isSame(other) || isNamed(other.table) || other.isNamed(table);
  }

  /** Whether one of them may be a folder of the other one, or the same folder. */
  boolean sharesFiles(Place other) {
    if (path() == null || other.path() == null) {
      return false;
    }
    String own = FilePath.of(path()).rest() + "/";
    String others = FilePath.of(other.path()).rest() + "/";
    // A relative path has the folders of the application before it.
    return own.startsWith(others)
        || others.startsWith(own)
        || own.endsWith("/" + others)
        || others.endsWith("/" + own);
  }

  /** Whether it is a table with that name, in a database that is not said. */
  private boolean isNamed(TableName other) {
    return table != null && other != null && table.endsWith(other);
  }

  /** Its table, else its path, else the name that its source gives itself, in a log line. */
  String inWords() {
    return table != null
        ? table.toString()
        : !paths.isEmpty() ? path() : name != null ? name : "an unknown place";
  }

  Place withTable(TableName called) {
    return new Place(called, paths, name, format);
  }

  /**
   * @param only the only path, in place of all others; null: none is known
   */
  Place withPath(String only) {
    return withPaths(
        only == null ? Collections.<String>emptyList() : Collections.singletonList(only));
  }

  Place withFormat(String called) {
    return new Place(table, paths, name, called);
  }

  /** This one, with all that is known of the same place from an earlier write. */
  Place knownFrom(Place earlier) {
    return completedBy(earlier).withTable(table == null ? earlier.table : table);
  }

  /** This one, with the paths and the format of {@code inner} if its own are not known. */
  Place completedBy(Place inner) {
    return new Place(
        table, paths.isEmpty() ? inner.paths : paths, name, format == null ? inner.format : format);
  }

  private Place withPaths(List<?> all) {
    List<String> texts = new ArrayList<>();
    all.forEach(path -> texts.add(path.toString()));
    return new Place(table, Collections.unmodifiableList(texts), name, format);
  }

  private Place withName(String called) {
    return new Place(table, paths, called, format);
  }

  private static Place ofLogicalRelation(Object relation) {
    Object table = ScalaView.option(ScalaView.call(relation, "catalogTable"));
    Place place = table == null ? UNKNOWN : of((CatalogTable) table);
    Object source = ScalaView.call(relation, "relation");
    Object location = ScalaView.callIfThere(source, "location"); // of a HadoopFsRelation
    if (location != null && place.paths.isEmpty()) {
      // As given, nothing is listed.
      place = place.withPaths(ScalaView.list(location, "rootPaths"));
    }
    Object format = ScalaView.callIfThere(source, "fileFormat");
    if (format != null && place.format == null) {
      place = place.withFormat(formatOf(format));
    }
    Object jdbc = ScalaView.callIfThere(source, "jdbcOptions");
    if (jdbc != null && place.table == null) {
      String called = (String) ScalaView.callIfThere(jdbc, "tableOrQuery");
      place = ofJdbc(jdbc, called);
    }
    return place.isTableOrFile() ? place : UNKNOWN;
  }

  /**
   * A table of a database.
   *
   * @param options its JDBC options
   * @param called its name there; a query is no table
   */
  static Place ofJdbc(Object options, String called) {
    String url = (String) ScalaView.callIfThere(options, "url");
    return UNKNOWN.withTable(JdbcUrl.of(url).table(called)).withFormat("jdbc");
  }

  /** A source of version 1 that a streaming query reads; a glob stays one path. */
  private static Place ofStream(Object source) {
    Object table = ScalaView.option(ScalaView.call(source, "catalogTable"));
    if (table != null) {
      return of((CatalogTable) table);
    }
    Object path = ScalaView.entry(ScalaView.call(source, "options"), "path");
    return UNKNOWN.withPath((String) path).withFormat((String) ScalaView.call(source, "className"));
  }

  private static Place ofVersion2(Object relation) {
    if (ScalaView.kind(relation).equals("DataSourceV2ScanRelation")) {
      return of(ScalaView.call(relation, "relation"));
    }
    Table table = (Table) ScalaView.call(relation, "table");
    Object identifier = ScalaView.option(ScalaView.call(relation, "identifier"));
    Place place = ofTable(table, identifier, ScalaView.option(ScalaView.call(relation, "catalog")));
    if (identifier != null || place.isTableOrFile()) {
      return place;
    }
    SourceOptions options = SourceOptions.of(ScalaView.callIfThere(relation, "options"));
    return Connectors.place(table.getClass().getName(), options).withName(table.name());
  }

  /**
   * @param identifier null: none is known
   * @param catalog null: none is known
   */
  private static Place ofTable(Table table, Object identifier, Object catalog) {
    Place place = ofTable(table);
    if (identifier == null) {
      return place;
    }
    return place.withTable(
        TableName.of(
            catalog == null ? null : ((CatalogPlugin) catalog).name(), (Identifier) identifier));
  }

  /** A table of version 2 whose name in a catalog is not known. */
  static Place ofTable(Table table) {
    Place place = UNKNOWN.withName(table.name());
    String type = table.getClass().getName();
    if (type.startsWith("org.apache.iceberg.")) {
      // From the metadata that the table has loaded.
      return place.withFormat("iceberg").withPath(table.properties().get("location"));
    }
    if (type.contains(".delta.")) {
      Object path = ScalaView.callIfThere(table, "path");
      return place.withFormat("delta").withPath(path == null ? null : path.toString());
    }
    Object ofVersion1 = ScalaView.callIfThere(table, "v1Table");
    if (ofVersion1 != null) {
      return of((CatalogTable) ofVersion1);
    }
    Object paths = ScalaView.callIfThere(table, "paths"); // of a FileTable, as given
    if (paths != null) {
      return place.withPaths(ScalaView.list(paths));
    }
    return place;
  }
}
