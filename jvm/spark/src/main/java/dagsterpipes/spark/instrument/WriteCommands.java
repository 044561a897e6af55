package dagsterpipes.spark.instrument;

import dagsterpipes.params.PipesConf;
import dagsterpipes.report.TableColumn;
import dagsterpipes.report.TableSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.StructField;

/**
 * Which analysed plans write, and what: Spark's own commands, and those of Delta.
 *
 * <p>Known by their simple names, read by reflection: most have a Scala collection in some
 * signature, and Delta's are in no jar that we link with.
 */
final class WriteCommands {
  private static final long MOST_PLAN_NODES = 5_000;

  private final Guard lineageGuard;
  private final Sources sources = new Sources();
  private final long mostPlanNodes;

  WriteCommands(Notices notices) {
    lineageGuard = new Guard("column lineage", notices);
    Long most = PipesConf.count(PipesConf.INSTRUMENT_MAX_PLAN_NODES, 0, "plan nodes");
    mostPlanNodes = most == null ? MOST_PLAN_NODES : most;
  }

  /** Null for a plan that writes nothing, or in a way that is not known. */
  Write of(LogicalPlan plan) {
    switch (plan.getClass().getSimpleName()) {
      case "InsertIntoHadoopFsRelationCommand":
        return insertIntoFiles(plan);
      case "SaveIntoDataSourceCommand":
        return saveIntoSource(plan);
      case "InsertIntoDataSourceCommand":
        return into(
            Place.of(ScalaView.call(plan, "logicalRelation")), plan, overwrites(plan), false);
      case "CreateDataSourceTableAsSelectCommand":
        return createTable(plan, "table");
      case "CreateHiveTableAsSelectCommand":
      case "OptimizedCreateHiveTableAsSelectCommand":
        return createTable(plan, "tableDesc");
      case "InsertIntoHiveTable":
        boolean parts = !isEmpty(ScalaView.call(plan, "partition"));
        return into(
            Place.of((CatalogTable) ScalaView.call(plan, "table")), plan, overwrites(plan), parts);
      case "InsertIntoHiveDirCommand":
      case "InsertIntoDataSourceDirCommand":
        return insertIntoDirectory(plan);
      case "AppendData":
        return into(Place.under(ScalaView.call(plan, "table")), plan, "append", false);
      case "OverwriteByExpression":
        boolean everything = "true".equals(ScalaView.call(plan, "deleteExpr").toString());
        return into(Place.under(ScalaView.call(plan, "table")), plan, "overwrite", !everything);
      case "OverwritePartitionsDynamic":
        return into(Place.under(ScalaView.call(plan, "table")), plan, "overwrite", true);
      case "ReplaceData":
      case "WriteDelta":
        return changed(Place.under(ScalaView.call(plan, "originalTable")), "update");
      case "CreateTableAsSelect":
        return createVersion2(plan, "create");
      case "ReplaceTableAsSelect":
        return createVersion2(plan, "overwrite");
      case "MergeIntoCommand":
        return changed(Place.under(ScalaView.call(plan, "target")), "merge");
      case "UpdateCommand":
        return changed(Place.under(ScalaView.call(plan, "target")), "update");
      case "DeleteCommand":
        return changed(Place.under(ScalaView.call(plan, "target")), "delete");
      default:
        return null;
    }
  }

  private Write insertIntoFiles(LogicalPlan plan) {
    Object table = ScalaView.option(ScalaView.call(plan, "catalogTable"));
    Place place = table == null ? new Place() : Place.of((CatalogTable) table);
    String mode = modeOf(plan);
    boolean partly =
        !isEmpty(ScalaView.call(plan, "staticPartitions"))
            || (Boolean) ScalaView.call(plan, "dynamicPartitionOverwrite");
    Write write = into(place, plan, mode, partly);
    write.path = ScalaView.call(plan, "outputPath").toString();
    write.format = Place.formatOf(ScalaView.call(plan, "fileFormat"));
    List<String> columns = new ArrayList<>();
    for (Object column : ScalaView.list(plan, "partitionColumns")) {
      columns.add((String) ScalaView.call(column, "name"));
    }
    write.partitionColumns = columns;
    return write;
  }

  private Write saveIntoSource(LogicalPlan plan) {
    Object options = ScalaView.call(plan, "options");
    Place place = new Place();
    place.path = (String) ScalaView.entry(options, "path");
    place.table = (String) ScalaView.entry(options, "dbtable"); // of JDBC
    place.format = Place.formatOf(ScalaView.call(plan, "dataSource"));
    // Delta replaces a part of the table.
    boolean partly =
        ScalaView.entry(options, "replaceWhere") != null
            || "dynamic"
                .equalsIgnoreCase((String) ScalaView.entry(options, "partitionOverwriteMode"));
    return into(place, plan, modeOf(plan), partly);
  }

  private Write createTable(LogicalPlan plan, String table) {
    Place place = Place.of((CatalogTable) ScalaView.call(plan, table));
    return into(place, plan, modeOf(plan), false);
  }

  private Write createVersion2(LogicalPlan plan, String mode) {
    Place place = Place.under(ScalaView.call(plan, "name"));
    Object provider =
        ScalaView.option(ScalaView.callIfThere(ScalaView.call(plan, "tableSpec"), "provider"));
    if (place != null && provider != null) {
      place.format = provider.toString();
    }
    return into(place, plan, mode, false);
  }

  private Write insertIntoDirectory(LogicalPlan plan) {
    Object location =
        ScalaView.option(ScalaView.call(ScalaView.call(plan, "storage"), "locationUri"));
    return into(
        location == null ? null : Place.ofPath(location.toString()), plan, overwrites(plan), false);
  }

  private Write into(Place place, LogicalPlan plan, String mode, boolean partly) {
    LogicalPlan query = (LogicalPlan) ScalaView.call(plan, "query");
    Write write = changed(place, mode);
    write.whole = !partly && !mode.equals("append");
    List<String> names = names(plan, query);
    write.schema = schema(query, names);
    lineageGuard.run(() -> Lineage.fill(write, query, names, sources, mostPlanNodes));
    return write;
  }

  /** Rows of a table were changed where they are. */
  private static Write changed(Place place, String mode) {
    Write write = new Write();
    if (place != null) {
      write.table = place.table == null && place.path == null ? place.name : place.table;
      write.path = place.path;
      write.format = place.format;
    }
    write.mode = mode;
    return write;
  }

  /** What the columns are called where they are written. */
  private static List<String> names(LogicalPlan plan, LogicalPlan query) {
    List<String> names = new ArrayList<>(Arrays.asList(query.schema().fieldNames()));
    Object renamed = ScalaView.callIfThere(plan, "outputColumnNames");
    if (renamed != null && ScalaView.list(renamed).size() == names.size()) {
      names.clear();
      ScalaView.list(renamed).forEach(name -> names.add((String) name));
    }
    return names;
  }

  private static TableSchema schema(LogicalPlan query, List<String> names) {
    List<TableColumn> columns = new ArrayList<>();
    StructField[] fields = query.schema().fields();
    for (int i = 0; i < fields.length; i++) {
      TableColumn column =
          TableColumn.of(names.get(i), fields[i].dataType().catalogString())
              .withNullable(fields[i].nullable());
      if (fields[i].metadata().contains("comment")) {
        column = column.withDescription(fields[i].metadata().getString("comment"));
      }
      columns.add(column);
    }
    return TableSchema.of(columns);
  }

  private static String modeOf(LogicalPlan plan) {
    return ScalaView.call(plan, "mode").toString().toLowerCase(Locale.ROOT);
  }

  private static String overwrites(LogicalPlan plan) {
    return (Boolean) ScalaView.call(plan, "overwrite") ? "overwrite" : "append";
  }

  private static boolean isEmpty(Object collection) {
    return (Boolean) ScalaView.call(collection, "isEmpty");
  }
}
