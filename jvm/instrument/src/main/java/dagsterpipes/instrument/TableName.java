package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.connector.catalog.Identifier;

/**
 * The name of a table in parts, as the catalog or the database has it: {@code db.table}, {@code
 * catalog.db.table}. An unknown part is left out. Immutable.
 *
 * <p>Names in Spark's own catalog have lower case if Spark ignores their case. Names elsewhere
 * remain unchanged, because only the catalog knows its rule.
 */
final class TableName {
  /** Spark's own catalog, which is in no name. */
  private static final String SESSION_CATALOG = "spark_catalog";

  private final List<String> parts;

  /** The number of leading parts that people may leave out. */
  private final int optional;

  /** The server of a database; empty for a table of a catalog. */
  private final String server;

  private final boolean anyCase;

  private TableName(List<String> parts, int optional, String server, boolean anyCase) {
    this.parts = Collections.unmodifiableList(new ArrayList<>(parts));
    this.optional = optional;
    this.server = server;
    this.anyCase = anyCase;
  }

  static TableName of(String... parts) {
    return new TableName(Arrays.asList(parts), 0, "", false);
  }

  /**
   * @param parts the parts of a table of a database server
   * @param optional the number of leading parts that a pattern may leave out
   * @param server what distinguishes it from other servers with such a table
   */
  static TableName ofDatabase(List<String> parts, int optional, String server) {
    return new TableName(parts, optional, server, false);
  }

  static TableName of(TableIdentifier identifier) {
    List<String> parts = new ArrayList<>();
    Object database = ScalaView.option(identifier.database());
    if (database != null) {
      parts.add((String) database);
    }
    parts.add(identifier.table());
    return inSessionCatalog(parts);
  }

  /**
   * @param catalog its name, null if it has none
   */
  static TableName of(String catalog, Identifier identifier) {
    List<String> parts = new ArrayList<>(Arrays.asList(identifier.namespace()));
    parts.add(identifier.name());
    if (SESSION_CATALOG.equals(catalog)) {
      return inSessionCatalog(parts);
    }
    if (catalog != null) {
      parts.add(0, catalog);
    }
    return new TableName(parts, 0, "", false);
  }

  private static TableName inSessionCatalog(List<String> parts) {
    if (Settings.isCaseSensitive()) {
      return new TableName(parts, 0, "", false);
    }
    List<String> lower = new ArrayList<>();
    parts.forEach(part -> lower.add(part.toLowerCase(Locale.ROOT)));
    return new TableName(lower, 0, "", true);
  }

  /** The names that a pattern may have, the whole one first. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    for (int left = 0; left <= optional && left < parts.size(); left++) {
      names.add(String.join(".", parts.subList(left, parts.size())));
    }
    return names;
  }

  /** Whether its catalog ignores the case of names. */
  boolean isAnyCase() {
    return anyCase;
  }

  /** Whether the other one is the same without its first parts, in any case. */
  boolean endsWith(TableName other) {
    String own = "." + toString().toLowerCase(Locale.ROOT);
    return own.endsWith("." + other.toString().toLowerCase(Locale.ROOT));
  }

  /** The key of the asset of this name: its parts joined by {@code /}. */
  String assetKey() {
    List<String> escaped = new ArrayList<>();
    parts.forEach(part -> escaped.add(part.replace("/", "\\/")));
    return String.join("/", escaped);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TableName
        && parts.equals(((TableName) other).parts)
        && server.equals(((TableName) other).server);
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
  }

  /** The whole name, its parts joined by dots. */
  @Override
  public String toString() {
    return String.join(".", parts);
  }
}
