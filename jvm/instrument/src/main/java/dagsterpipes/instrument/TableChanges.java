package dagsterpipes.instrument;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.DataTypes;

/**
 * Finds the commands that change the rows of a table and write none: TRUNCATE, DROP, RESTORE and
 * the like. A command that is not known here is taken for one. Without state.
 */
final class TableChanges {
  private static final Set<String> EMPTYING =
      named(
          "TruncateTableCommand",
          "TruncateTable",
          "TruncateDeltaTableCommand",
          "DropTableCommand",
          "DropTable",
          "AlterTableRenameCommand",
          "RenameTable",
          "ReplaceTable");

  /** These change no row, or only the files in which rows are. */
  private static final Pattern HARMLESS =
      beginning(
          "Add(Archive|CheckConstraint|Columns|Constraint|File|Jar|PartitionField)",
          "Alter(Column|Database|MetricView|Namespace|View)",
          "AlterTable(Add|Alter|Change|Drop|Rename|Replace|Set|Unset)?(ClusterBy|Collation|Column"
              + "|Constraint|Feature|Propert|Ser[Dd]e)",
          "(Analyze|Cache|Clear|Comment|CompoundBody|Create|Describe?|Explain|Invalidate|List|Noop)",
          "(Close|Declare|Fetch|Open)Cursor",
          "Drop(Column|Constraint|Function|Index|PartitionField|TempView|Variable|View)",
          "(DeltaGenerate|Vacuum)",
          "Re(fresh|(name|place)(Column|PartitionField)|set)",
          "(SaveAs|Set(?!TableLocation)|Show|StreamingExplain|Unset|Uncache|Use|WriteTo)");

  /** These write the same rows into other files. */
  private static final Pattern REWRITING = beginning("(Optimize|(Delta)?Reorg)");

  /** Iceberg's procedures that keep the rows. */
  private static final Pattern HARMLESS_PROCEDURE =
      beginning("(Ancestors|Compute|CreateChangelog|Expire|RemoveOrphan|Rewrite)");

  private TableChanges() {}

  /** An effect without a write; null for a plan that leaves all tables alone. */
  static Write of(LogicalPlan plan) {
    if (!(plan instanceof Command)) {
      return null;
    }
    String name = ScalaView.kind(plan);
    Place place = name.equals("Call") ? argumentOf(plan) : placeOf(plan);
    Effect effect;
    if (EMPTYING.contains(name) && !hasPartition(plan)) {
      effect = Effect.EMPTIED;
    } else if (name.equals("Call")) {
      Object procedure = ScalaView.fields(plan).get(0);
      boolean harmless = HARMLESS_PROCEDURE.matcher(simpleName(procedure)).lookingAt();
      effect = harmless ? Effect.NOTHING : Effect.DDL;
    } else if (REWRITING.matcher(name).lookingAt()) {
      effect = Effect.NOTHING;
    } else if (HARMLESS.matcher(name).lookingAt()) {
      return null;
    } else {
      effect = Effect.DDL;
    }
    return Write.builder().place(place).effect(effect).build();
  }

  /** The table that a command names; unknown if it names none. */
  private static Place placeOf(LogicalPlan command) {
    for (Object field : ScalaView.fields(command)) {
      Object part = ScalaView.option(field);
      Place place =
          part instanceof CatalogTable
              ? Place.of((CatalogTable) part)
              : part instanceof TableIdentifier
                  ? Place.UNKNOWN.withTable(TableName.of((TableIdentifier) part))
                  : part instanceof LogicalPlan
                      ? Place.under(part)
                      : part == null ? Place.UNKNOWN : Place.of(part);
      if (place.isTableOrFile()) {
        return place;
      }
    }
    return Place.UNKNOWN;
  }

  /** The first string that a procedure is called with: all of Iceberg's name their table so. */
  private static Place argumentOf(LogicalPlan call) {
    Object arguments = ScalaView.callIfThere(call, "args");
    for (Object argument :
        arguments == null ? Collections.emptyList() : ScalaView.list(arguments)) {
      if (argument instanceof Literal
          && ((Literal) argument).dataType().equals(DataTypes.StringType)) {
        return Place.UNKNOWN.withTable(TableName.of(String.valueOf(((Literal) argument).value())));
      }
    }
    return Place.UNKNOWN;
  }

  private static boolean hasPartition(LogicalPlan truncate) {
    return ScalaView.option(ScalaView.callIfThere(truncate, "partitionSpec")) != null;
  }

  private static String simpleName(Object value) {
    return value == null ? "" : ScalaView.kind(value);
  }

  private static Pattern beginning(String... names) {
    return Pattern.compile(String.join("|", names));
  }

  private static Set<String> named(String... names) {
    return Collections.unmodifiableSet(new HashSet<>(Arrays.asList(names)));
  }
}
