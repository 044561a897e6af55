package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.connector.catalog.Identifier;

/**
 * Tables by the names that people give them: {@code db.table}, {@code catalog.db.table}. A part
 * that is not known is left out. Without state.
 */
final class TableNames {
  /** Spark's own catalog, which nobody writes. */
  private static final String SESSION_CATALOG = "spark_catalog";

  private TableNames() {}

  static String of(TableIdentifier identifier) {
    Object database = ScalaView.option(identifier.database());
    return database == null ? identifier.table() : database + "." + identifier.table();
  }

  /**
   * @param catalog its name, null if it has none
   */
  static String of(String catalog, Identifier identifier) {
    List<String> parts = new ArrayList<>();
    if (catalog != null && !catalog.equals(SESSION_CATALOG)) {
      parts.add(catalog);
    }
    for (String part : identifier.namespace()) {
      parts.add(part);
    }
    parts.add(identifier.name());
    return String.join(".", parts);
  }
}
