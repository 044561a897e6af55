package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The database that a JDBC URL names, and the tables in it. Immutable.
 *
 * <p>Each driver has its own form. Nothing of a URL is shown except the name of its database: it
 * may have a password.
 */
final class JdbcUrl {
  /** In these databases the part before a table is a database, and there is no schema. */
  private static final Set<String> WITHOUT_SCHEMAS =
      new HashSet<>(Arrays.asList("mysql", "mariadb", "clickhouse", "ch", "hive2", "teradata"));

  private static final Pattern AUTHORITY = Pattern.compile("//([^/?;#]*)(?:/([^?;#:]*))?");

  /** The database as a property, behind {@code ;}, {@code ?}, {@code &}, {@code ,} or {@code /}. */
  private static final Pattern PROPERTY =
      Pattern.compile("(?i)[;?&,/](?:databaseName|database|db)=([^;&,]*)");

  /** Oracle's {@code @//host:1521/service}, {@code @host:1521:sid}, {@code @host:1521/service}. */
  private static final Pattern ORACLE =
      Pattern.compile("@(?://)?[^/:@]+(?::\\d+)?[:/]([\\w.$#-]+)(?::\\w+)?(?:[/?].*)?$");

  private static final Pattern ORACLE_DESCRIPTION =
      Pattern.compile("(?i)\\((?:SERVICE_NAME|SID)\\s*=\\s*([^)\\s]+)\\s*\\)");

  private final String kind;
  private final String server;
  private final String database;

  private JdbcUrl(String kind, String server, String database) {
    this.kind = kind;
    this.server = server;
    this.database = database;
  }

  /**
   * @param url null: not known
   */
  static JdbcUrl of(String url) {
    String rest = url == null ? "" : url.trim().replaceFirst("(?i)^jdbc:", "");
    int colon = rest.indexOf(':');
    String kind = colon < 0 ? "" : rest.substring(0, colon).toLowerCase(Locale.ROOT);
    String address = colon < 0 ? "" : rest.substring(colon + 1);
    Matcher authority = AUTHORITY.matcher(address);
    boolean hasAuthority = authority.find();
    String server =
        hasAuthority ? authority.group(1).replaceFirst("^.*@", "") : address.split("[;?]", 2)[0];
    String database = database(kind, address, hasAuthority ? authority.group(2) : null);
    return new JdbcUrl(kind, kind + ":" + server, database);
  }

  /** The name of the database; null if the URL has none. */
  String database() {
    return database;
  }

  /**
   * The name of a table: its database comes first, unless the name says it.
   *
   * @param called the table as the database takes it; null: not known
   * @return null if it is no name
   */
  TableName table(String called) {
    List<String> parts = called == null ? null : QuotedName.parts(called);
    if (parts == null) {
      return null;
    }
    int most = WITHOUT_SCHEMAS.contains(kind) ? 1 : 2;
    if (database == null || parts.size() > most) {
      return TableName.ofDatabase(parts, 0, server);
    }
    List<String> whole = new ArrayList<>(parts);
    whole.add(0, database);
    return TableName.ofDatabase(whole, 1, server);
  }

  private static String database(String kind, String address, String path) {
    if (kind.equals("oracle")) {
      Matcher description = ORACLE_DESCRIPTION.matcher(address);
      Matcher short_ = ORACLE.matcher(address);
      return description.find() ? description.group(1) : short_.find() ? short_.group(1) : null;
    }
    if (kind.equals("derby")
        || kind.equals("h2")
        || kind.equals("hsqldb")
        || kind.equals("sqlite")) {
      return fileName(kind, address);
    }
    Matcher property = PROPERTY.matcher(address);
    if (property.find() && !property.group(1).isEmpty()) {
      return property.group(1);
    }
    // Trino has catalog/schema there.
    return path == null || path.isEmpty() ? null : path.split("/", 2)[0];
  }

  /** An embedded database is a file, or a name in memory. */
  private static String fileName(String kind, String address) {
    String path = address.split("[;?]", 2)[0];
    String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf(':')) + 1);
    int dot = kind.equals("sqlite") ? name.lastIndexOf('.') : -1;
    name = dot > 0 ? name.substring(0, dot) : name;
    return name.isEmpty() ? null : name;
  }
}
