package dagsterpipes.instrument;

import dagsterpipes.params.ConfNumbers;
import dagsterpipes.report.TableColumn;
import dagsterpipes.report.TableSchema;
import dagsterpipes.session.Session;
import dagsterpipes.wire.ContextFields;
import dagsterpipes.wire.PipesConf;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.types.StructField;

/**
 * Finds the analysed plans that write, and their writes: Spark's own commands, and those of Delta.
 * For Spark's thread.
 *
 * <p>It knows the commands by their simple names, and reads them by reflection. Most have a Scala
 * collection in some signature, and Delta's are in no jar that we link with.
 */
final class WriteCommands {
  private static final long MOST_PLAN_NODES = 5_000;

  private final Notices notices;
  private final Guard lineageGuard;
  private final Sources sources;
  private final long mostPlanNodes;

  WriteCommands(Session session, Notices notices) {
    this.notices = notices;
    sources = new Sources(Patterns.of(session, ContextFields.INPUTS, PipesConf.INSTRUMENT_INPUTS));
    lineageGuard = new Guard("column lineage", notices);
    Long most = ConfNumbers.count(PipesConf.INSTRUMENT_MAX_PLAN_NODES, 0, "plan nodes");
    mostPlanNodes = most == null ? MOST_PLAN_NODES : most;
  }

  /**
   * The commands in a plan that write or change a table, in their order, not counted yet. A
   * multi-insert has several under a union, and common table expressions may be around a command.
   *
   * @param settings of the session that ran it
   */
  List<Command> allIn(LogicalPlan plan, Settings settings, TimeBudget budget) {
    List<Command> commands = new ArrayList<>();
    Deque<LogicalPlan> open = new ArrayDeque<>();
    open.push(plan);
    for (long nodes = 1; !open.isEmpty() && nodes <= MOST_PLAN_NODES; nodes++) {
      LogicalPlan next = open.pop();
      Write write = of(next, settings, budget);
      if (write != null) {
        commands.add(new Command(next, write));
        continue;
      }
      List<Object> children = ScalaView.list(next, "children");
      Collections.reverse(children);
      children.forEach(child -> open.push((LogicalPlan) child));
    }
    return commands;
  }

  /** Null for a plan that neither writes nor changes a table, or in a way that is not known. */
  private Write of(LogicalPlan plan, Settings settings, TimeBudget budget) {
    switch (ScalaView.kind(plan)) {
      case "InsertIntoHadoopFsRelationCommand":
        return insertIntoFiles(plan, settings, budget);
      case "SaveIntoDataSourceCommand":
        return saveIntoSource(plan, settings, budget);
      case "InsertIntoDataSourceCommand":
        return into(
                Place.of(ScalaView.call(plan, "logicalRelation")),
                plan,
                overwrites(plan),
                Extent.WHOLE,
                budget)
            .ofSource();
      case "CreateDataSourceTableAsSelectCommand":
        return createTable(plan, "table", settings, budget);
      case "CreateHiveTableAsSelectCommand":
      case "OptimizedCreateHiveTableAsSelectCommand":
        return createTable(plan, "tableDesc", settings, budget);
      case "InsertIntoHiveTable":
        return into(
            Place.of((CatalogTable) ScalaView.call(plan, "table")),
            plan,
            overwrites(plan),
            Extent.ofHivePartition(ScalaView.call(plan, "partition")),
            budget);
      case "InsertIntoHiveDirCommand":
      case "InsertIntoDataSourceDirCommand":
        return insertIntoDirectory(plan, budget);
      case "AppendData":
      case "InsertOnlyMerge":
        return into(target(plan), plan, "append", Extent.WHOLE, budget);
      case "OverwriteByExpression":
        return into(
            target(plan),
            plan,
            "overwrite",
            Extent.ofOverwriteByExpression(plan, settings),
            budget);
      case "OverwritePartitionsDynamic":
      case "DeltaDynamicPartitionOverwriteCommand":
        return into(target(plan), plan, "overwrite", Extent.DYNAMIC, budget);
      case "ReplaceData":
      case "WriteDelta":
        return changed(plan, "originalTable", "update", budget);
      case "CreateTableAsSelect":
        return createVersion2(plan, "create", Extent.WHOLE, budget);
      case "ReplaceTableAsSelect":
        return createVersion2(plan, "overwrite", Extent.ofReplace(plan, settings), budget);
      case "MergeIntoCommand":
        return changed(plan, "target", "merge", budget);
      case "UpdateCommand":
        return changed(plan, "target", "update", budget);
      case "DeleteCommand":
        return changed(plan, "target", "delete", budget);
      default:
        return TableChanges.of(plan);
    }
  }

  private Write insertIntoFiles(LogicalPlan plan, Settings settings, TimeBudget budget) {
    Object table = ScalaView.option(ScalaView.call(plan, "catalogTable"));
    Place place = table == null ? Place.UNKNOWN : Place.of((CatalogTable) table);
    place =
        place
            .withPath(ScalaView.call(plan, "outputPath").toString())
            .withFormat(Place.formatOf(ScalaView.call(plan, "fileFormat")));
    Write write = into(place, plan, modeOf(plan), Extent.ofFiles(plan, settings), budget);
    List<String> columns = new ArrayList<>();
    for (Object column : ScalaView.list(plan, "partitionColumns")) {
      columns.add((String) ScalaView.call(column, "name"));
    }
    return write.withPartitionColumns(columns);
  }

  private Write saveIntoSource(LogicalPlan plan, Settings settings, TimeBudget budget) {
    SourceOptions options = SourceOptions.of(ScalaView.call(plan, "options"));
    String format = Place.formatOf(ScalaView.call(plan, "dataSource"));
    Place place = Connectors.place(sourceOf(plan, format), options).withFormat(format);
    Extent extent = Extent.ofSource(place, options, settings);
    return into(place, plan, modeOf(plan), extent, budget).ofSource();
  }

  private Write createTable(LogicalPlan plan, String field, Settings settings, TimeBudget budget) {
    CatalogTable table = (CatalogTable) ScalaView.call(plan, field);
    return into(Place.of(table), plan, modeOf(plan), Extent.ofNewTable(table, settings), budget);
  }

  private Write createVersion2(LogicalPlan plan, String mode, Extent extent, TimeBudget budget) {
    Place place = Place.under(ScalaView.call(plan, "name"));
    Object provider =
        ScalaView.option(ScalaView.callIfThere(ScalaView.call(plan, "tableSpec"), "provider"));
    if (place.isKnown() && provider != null) {
      place = place.withFormat(provider.toString());
    }
    return into(place, plan, mode, extent, budget);
  }

  private Write insertIntoDirectory(LogicalPlan plan, TimeBudget budget) {
    Object location =
        ScalaView.option(ScalaView.call(ScalaView.call(plan, "storage"), "locationUri"));
    Place place =
        Place.UNKNOWN.withPath(location == null ? null : FilePath.decoded((URI) location));
    return into(place, plan, overwrites(plan), Extent.WHOLE, budget);
  }

  private Write into(Place place, LogicalPlan plan, String mode, Extent extent, TimeBudget budget) {
    LogicalPlan query = (LogicalPlan) ScalaView.call(plan, "query");
    boolean isIgnored =
        mode.equals("ignore") || Boolean.TRUE.equals(ScalaView.callIfThere(plan, "ignoreIfExists"));
    Write.Builder write =
        Write.builder()
            .place(place)
            .effect(mode.equals("append") ? Effect.APPEND : extent.effect())
            .partition(extent.partition())
            .mayBeSkipped(isIgnored)
            .mode(mode);
    return described(write, place, plan, query, query, budget);
  }

  /**
   * The write with schema and lineage.
   *
   * @param followed the plan with the sources of {@code query}; null if it is not known
   */
  private Write described(
      Write.Builder write,
      Place place,
      LogicalPlan plan,
      LogicalPlan query,
      LogicalPlan followed,
      TimeBudget budget) {
    StructField[] fields = query.schema().fields();
    List<String> names = names(plan, fields);
    TableSchema schema = schema(plan, fields, names, budget);
    if (schema == null) {
      notices.say(
          "the schema of "
              + place.inWords()
              + " is left out: reading the plan took longer than "
              + budget);
    }
    write.schema(schema);
    follow(
        () -> {
          write.lineage(
              followed == null
                  ? ColumnLineage.leftOut("the query ended before its plan was read")
                  : GeneratedColumns.addedTo(
                      Lineage.of(followed, names, sources, mostPlanNodes, budget), plan));
        },
        write);
    return write.build();
  }

  /** Rows of a table were changed where they are. */
  private Write changed(LogicalPlan plan, String table, String mode, TimeBudget budget) {
    Write.Builder write =
        Write.builder()
            .place(Place.under(ScalaView.call(plan, table)))
            .effect(Effect.CHANGE)
            .mode(mode);
    follow(() -> write.lineage(Lineage.ofChange(plan, sources, mostPlanNodes, budget)), write);
    return write.build();
  }

  /**
   * The write of a streaming query; null if it has no place.
   *
   * @param batch the plan of one of its batches
   * @param query the plan of the query itself; null if Spark does not have it any more
   */
  Write ofBatch(LogicalPlan batch, LogicalPlan query, TimeBudget budget) {
    Object table = ScalaView.option(ScalaView.callIfThere(batch, "catalogTable"));
    Object relation = ScalaView.option(ScalaView.callIfThere(batch, "relation"));
    Place place = Place.UNKNOWN;
    if (table != null) {
      place = Place.of((CatalogTable) table);
    } else if (relation != null) {
      place = Place.of(relation);
    } else if (ScalaView.callIfThere(batch, "sink") != null) {
      Object options = ScalaView.call(batch, "writeOptions");
      place = Place.UNKNOWN.withPath((String) ScalaView.entry(options, "path"));
    } else if (ScalaView.callIfThere(batch, "table") instanceof Table) {
      place = Place.ofTable((Table) ScalaView.call(batch, "table"));
    }
    if (!place.isTableOrFile()) {
      return null;
    }
    String mode = ScalaView.call(batch, "outputMode").toString().toLowerCase(Locale.ROOT);
    Effect effect =
        mode.equals("append")
            ? Effect.APPEND
            : mode.equals("complete") ? Effect.OVERWRITE : Effect.UNKNOWN;
    LogicalPlan written = (LogicalPlan) ScalaView.call(batch, "query");
    Write.Builder write = Write.builder().place(place).effect(effect).mode(mode);
    return described(write, place, batch, written, query, budget);
  }

  /** A plan that the application cuts from what it does next, as by a checkpoint. */
  void cut(LogicalPlan plan, TimeBudget budget) {
    if (mostPlanNodes > 0) {
      lineageGuard.run(() -> Lineage.remember(plan, sources, mostPlanNodes, budget));
    }
  }

  private void follow(Guard.Work work, Write.Builder write) {
    if (mostPlanNodes > 0) {
      write.lineage(ColumnLineage.leftOut("following the plan met an error"));
      lineageGuard.run(work);
    }
  }

  private static Place target(LogicalPlan plan) {
    return Place.under(ScalaView.call(plan, "table"));
  }

  /** The names under which the columns are written. */
  private static List<String> names(LogicalPlan plan, StructField[] fields) {
    List<String> names = new ArrayList<>();
    for (StructField field : fields) {
      names.add(field.name());
    }
    Object renamed = ScalaView.callIfThere(plan, "outputColumnNames");
    List<String> others = renamed == null ? Collections.emptyList() : ScalaView.texts(renamed);
    return others.size() == names.size() ? others : names;
  }

  /** Null where it takes too long. */
  private static TableSchema schema(
      LogicalPlan plan, StructField[] fields, List<String> names, TimeBudget budget) {
    DeclaredTypes types = DeclaredTypes.ofTargetOf(plan);
    List<TableColumn> columns = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      if (budget.isUsedUp()) {
        return null;
      }
      TableColumn column =
          TableColumn.of(names.get(i), types.of(fields[i], names.get(i)))
              .withNullable(fields[i].nullable());
      if (fields[i].metadata().contains("comment")) {
        column = column.withDescription(fields[i].metadata().getString("comment"));
      }
      columns.add(column);
    }
    return TableSchema.of(columns);
  }

  /** The names of a source of version 1, by which a connector is known. */
  private static String sourceOf(LogicalPlan plan, String format) {
    return format + " " + ScalaView.call(plan, "dataSource").getClass().getName();
  }

  private static String modeOf(LogicalPlan plan) {
    return ScalaView.call(plan, "mode").toString().toLowerCase(Locale.ROOT);
  }

  private static String overwrites(LogicalPlan plan) {
    return (Boolean) ScalaView.call(plan, "overwrite") ? "overwrite" : "append";
  }
}
