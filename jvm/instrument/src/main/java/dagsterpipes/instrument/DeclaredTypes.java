package dagsterpipes.instrument;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;

/**
 * The types of columns as they were declared. In plans Spark replaces {@code char(5)} and {@code
 * varchar(7)} by {@code string}, and keeps the declaration in the metadata of the column. Files
 * have strings. Immutable.
 */
final class DeclaredTypes {
  private static final String KEY = "__CHAR_VARCHAR_TYPE_STRING";

  private final Map<String, String> ofTable = new HashMap<>();

  /** A new table gets the declarations of the query. Files and tables that exist do not. */
  private final boolean isNewTable;

  private DeclaredTypes(boolean isNewTable) {
    this.isNewTable = isNewTable;
  }

  /** The types of the table that a plan writes; none if the table does not exist yet. */
  static DeclaredTypes ofTargetOf(Object plan) {
    String kind = ScalaView.kind(plan);
    DeclaredTypes types =
        new DeclaredTypes(kind.contains("Create") || kind.equals("ReplaceTableAsSelect"));
    Object table = ScalaView.option(ScalaView.callIfThere(plan, "catalogTable"));
    table = table == null ? ScalaView.callIfThere(plan, "table") : table;
    if (table instanceof CatalogTable) {
      for (StructField field : ((CatalogTable) table).schema().fields()) {
        types.put(field);
      }
    } else if (ScalaView.callIfThere(table, "output") != null) {
      for (Object attribute : ScalaView.list(table, "output")) {
        Object metadata = ScalaView.call(attribute, "metadata");
        types.put((String) ScalaView.call(attribute, "name"), declared(metadata));
      }
    }
    return types;
  }

  /**
   * @param field a column of the query that is written
   * @param name the name under which it is written
   */
  String of(StructField field, String name) {
    String declared = ofTable.get(name.toLowerCase(Locale.ROOT));
    declared = declared == null && isNewTable ? declared(field.metadata()) : declared;
    return declared == null ? field.dataType().catalogString() : declared;
  }

  private void put(StructField field) {
    String type = field.dataType().catalogString();
    String declared = declared(field.metadata());
    boolean isBounded = type.startsWith("char(") || type.startsWith("varchar(");
    put(field.name(), declared != null ? declared : isBounded ? type : null);
  }

  private void put(String name, String declared) {
    if (declared != null) {
      ofTable.put(name.toLowerCase(Locale.ROOT), declared);
    }
  }

  private static String declared(Object metadata) {
    Metadata all = (Metadata) metadata;
    return all.contains(KEY) ? all.getString(KEY) : null;
  }
}
