package dagsterpipes.instrument;

import java.util.Map;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Table;

/**
 * The part of a table or folder that a command overwrites: all of it, the partitions that get rows,
 * one partition, or the rows that fit a condition. Immutable.
 */
final class Extent {
  static final Extent WHOLE = new Extent(Effect.OVERWRITE, null);

  /** The partitions that get rows. */
  static final Extent DYNAMIC = new Extent(Effect.DYNAMIC, null);

  /** The rows that fit a condition. */
  private static final Extent CONDITION = new Extent(Effect.PARTIAL, null);

  /** Delta's options that name the rows to replace. */
  private static final String[] CONDITIONS = {"replaceWhere", "replaceOn", "replaceUsing"};

  private final Effect effect;
  private final Partition partition;

  private Extent(Effect effect, Partition partition) {
    this.effect = effect;
    this.partition = partition;
  }

  private static Extent of(Map<String, String> partition) {
    return partition == null || partition.isEmpty()
        ? CONDITION
        : new Extent(Effect.PARTIAL, new Partition(partition));
  }

  /** The effect of an overwrite. */
  Effect effect() {
    return effect;
  }

  /** The one partition that gets all rows; null if it is not known. */
  Partition partition() {
    return partition;
  }

  /**
   * @param insert an InsertIntoHadoopFsRelationCommand
   */
  static Extent ofFiles(LogicalPlan insert, Settings settings) {
    Map<String, String> given = ScalaView.strings(ScalaView.call(insert, "staticPartitions"));
    int columns = ScalaView.list(insert, "partitionColumns").size();
    if (given.size() < columns
        && settings.isOverwriteDynamic(SourceOptions.of(ScalaView.call(insert, "options")))) {
      return DYNAMIC;
    }
    return given.isEmpty() ? WHOLE : of(given);
  }

  /** Hive replaces the partitions that get rows, whatever is configured. */
  static Extent ofHivePartition(Object partition) {
    Map<String, String> given = ScalaView.strings(partition);
    if (given.isEmpty()) {
      return WHOLE;
    }
    return given.containsValue(null) ? DYNAMIC : of(given);
  }

  /**
   * @param place of a source of version 1
   * @param options of the write
   */
  static Extent ofSource(Place place, SourceOptions options, Settings settings) {
    for (String condition : CONDITIONS) {
      String text = options.first(condition);
      if (text != null) {
        return condition.equals("replaceWhere") ? of(parsed(text)) : CONDITION;
      }
    }
    // JDBC has no partitions. Others may follow the setting, as Delta does.
    boolean mayBeDynamic = !"jdbc".equals(place.format());
    return mayBeDynamic && settings.isOverwriteDynamic(options) ? DYNAMIC : WHOLE;
  }

  /**
   * @param overwrite an OverwriteByExpression
   */
  static Extent ofOverwriteByExpression(LogicalPlan overwrite, Settings settings) {
    Expression condition = (Expression) ScalaView.call(overwrite, "deleteExpr");
    Object relation = ScalaView.call(overwrite, "table");
    Object target = ScalaView.callIfThere(relation, "table");
    boolean isDelta = target != null && target.getClass().getName().contains(".delta.");
    if (!condition.toString().equals("true")) {
      Map<String, String> values = PartitionCondition.values(condition);
      // Delta refuses rows that do not fit, others write them.
      boolean fits = isDelta || PartitionCondition.isKept(values, overwrite);
      return fits ? of(values) : CONDITION;
    }
    if (!isDelta || ((Table) target).partitioning().length == 0) {
      return WHOLE;
    }
    return ofDelta(ScalaView.call(overwrite, "writeOptions"), settings);
  }

  /**
   * @param replace a ReplaceTableAsSelect
   */
  static Extent ofReplace(LogicalPlan replace, Settings settings) {
    Object provider =
        ScalaView.option(ScalaView.callIfThere(ScalaView.call(replace, "tableSpec"), "provider"));
    return "delta".equals(provider)
        ? ofDelta(ScalaView.call(replace, "writeOptions"), settings)
        : WHOLE;
  }

  /** A new table is whole, if it does not begin with the folders of an older one. */
  static Extent ofNewTable(CatalogTable table, Settings settings) {
    boolean hasOwnPlace = ScalaView.option(table.storage().locationUri()) == null;
    boolean hasPartitions = !ScalaView.list(table, "partitionColumnNames").isEmpty();
    SourceOptions options = SourceOptions.of(ScalaView.call(table.storage(), "properties"));
    return !hasOwnPlace && hasPartitions && settings.isOverwriteDynamic(options) ? DYNAMIC : WHOLE;
  }

  private static Extent ofDelta(Object options, Settings settings) {
    return ofSource(Place.UNKNOWN.withFormat("delta"), SourceOptions.of(options), settings);
  }

  private static Map<String, String> parsed(String condition) {
    try {
      return PartitionCondition.values(CatalystSqlParser$.MODULE$.parseExpression(condition));
    } catch (Exception e) {
      return null; // Spark's parser refuses it
    }
  }
}
