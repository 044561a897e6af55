package dagsterpipes.instrument;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;

/**
 * The sources of the columns of a query that a database runs for Spark, from its text. Spark's own
 * parser reads it. For one thread.
 *
 * <p>A database's SQL may differ from Spark's, and its catalog is not asked. So a query is followed
 * only if it means the same in both. It has no quoted names, no common table expressions and no
 * subqueries in expressions. A column of several tables has to name its table.
 */
final class JdbcQuery {
  private static final Column NOT_FOLLOWED =
      Column.unknown("it is read by a query of the database that is not followed");

  /** Other quotes and comments differ between databases. */
  private static final Pattern PLAIN = Pattern.compile("[\\w\\s.,()*+/<>=!|%':-]*");

  /** Names without parentheses that are no columns. */
  private static final Set<String> FUNCTIONS =
      new HashSet<>(
          Arrays.asList(
              "current_date",
              "current_time",
              "current_timestamp",
              "current_user",
              "session_user",
              "system_user",
              "user",
              "localtime",
              "localtimestamp",
              "sysdate",
              "systimestamp",
              "rownum",
              "rowid",
              "level",
              "uid",
              "current_schema",
              "current_catalog",
              "value",
              "current_role",
              "current_path",
              "utc_date",
              "utc_time",
              "utc_timestamp",
              "sessiontimezone",
              "dbtimezone"));

  /** The text is not followed. */
  private static final class Other extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Other() {
      super(null, null, false, false);
    }
  }

  /** One relation of a FROM. */
  private static final class From {
    final List<String> name;

    /** Null for a table of the database: it has any column. */
    final Map<String, Column> columns;

    final String asset;

    From(List<String> name, Map<String, Column> columns, String asset) {
      this.name = name;
      this.columns = columns;
      this.asset = asset;
    }

    Column column(String column) {
      if (columns == null) {
        return Column.from(Collections.singleton(new SourceColumn(asset, column)));
      }
      Column found = columns.get(column.toLowerCase(Locale.ROOT));
      if (found == null) {
        throw new Other();
      }
      return found;
    }

    boolean isCalled(List<String> qualifier) {
      int skipped = name.size() - qualifier.size();
      return skipped >= 0
          && String.join(".", name.subList(skipped, name.size()))
              .equalsIgnoreCase(String.join(".", qualifier));
    }
  }

  private final Function<String, String> assetOfTable;

  private JdbcQuery(Function<String, String> assetOfTable) {
    this.assetOfTable = assetOfTable;
  }

  /**
   * The columns of the relation with this output, in order.
   *
   * @param text a query, or a table expression such as {@code (select ...) as t}
   * @param output the names that the database gave them
   */
  static List<Column> columns(
      String text, List<String> output, Function<String, String> assetOfTable) {
    try {
      if (PLAIN.matcher(text).matches() && !text.contains("--") && !text.contains("/*")) {
        Object plan = CatalystSqlParser$.MODULE$.parsePlan("select * from " + text);
        return new JdbcQuery(assetOfTable).result(plan, output);
      }
    } catch (Other e) {
      // below
    } catch (Exception e) {
      // Spark's parser does not know it. Its exceptions are checked ones for Scala only.
    }
    return Collections.nCopies(output.size(), NOT_FOLLOWED);
  }

  private List<Column> result(Object plan, List<String> output) {
    From query = from(ScalaView.list(plan, "children").get(0)).get(0);
    List<Column> columns = new ArrayList<>();
    if (query.columns == null) {
      output.forEach(name -> columns.add(query.column(name)));
      return columns;
    }
    columns.addAll(query.columns.values());
    if (columns.size() != output.size()) {
      throw new Other();
    }
    return columns;
  }

  private List<From> from(Object plan) {
    switch (ScalaView.kind(plan)) {
      case "SubqueryAlias":
        return Collections.singletonList(aliased(plan));
      case "UnresolvedRelation":
        List<String> name = ScalaView.texts(ScalaView.call(plan, "multipartIdentifier"));
        return Collections.singletonList(
            new From(name, null, assetOfTable.apply(String.join(".", name))));
      case "Join":
        List<From> both = new ArrayList<>();
        ScalaView.list(plan, "children").forEach(side -> both.addAll(from(side)));
        return both;
      case "Filter":
        return from(ScalaView.list(plan, "children").get(0));
      default:
        throw new Other();
    }
  }

  private From aliased(Object plan) {
    String alias = (String) ScalaView.call(plan, "alias");
    Object child = ScalaView.list(plan, "children").get(0);
    List<String> name = Collections.singletonList(alias);
    if (ScalaView.kind(child).equals("UnresolvedRelation")) {
      From table = from(child).get(0);
      return new From(name, null, table.asset);
    }
    From rows = rows(child);
    return new From(name, rows.columns, rows.asset);
  }

  /** The result of a SELECT. */
  private From rows(Object plan) {
    switch (ScalaView.kind(plan)) {
      case "Project":
        return selected(plan, "projectList");
      case "Aggregate":
        return selected(plan, "aggregateExpressions");
      case "Distinct":
      case "Sort":
      case "GlobalLimit":
      case "LocalLimit":
      case "UnresolvedHaving":
        return rows(ScalaView.list(plan, "children").get(0));
      default:
        throw new Other();
    }
  }

  private From selected(Object plan, String expressions) {
    List<From> tables = from(ScalaView.list(plan, "children").get(0));
    List<Object> selected = ScalaView.list(plan, expressions);
    if (selected.size() == 1 && ScalaView.kind(selected.get(0)).equals("UnresolvedStar")) {
      if (tables.size() != 1) {
        throw new Other();
      }
      return tables.get(0);
    }
    Map<String, Column> columns = new LinkedHashMap<>();
    for (Object expression : selected) {
      String name = "column " + columns.size();
      if (ScalaView.kind(expression).equals("Alias")) {
        name = (String) ScalaView.call(expression, "name");
      } else if (ScalaView.kind(expression).equals("UnresolvedAttribute")) {
        List<String> parts = ScalaView.texts(ScalaView.call(expression, "nameParts"));
        name = parts.get(parts.size() - 1);
      }
      if (columns.put(name.toLowerCase(Locale.ROOT), column(expression, tables)) != null) {
        throw new Other();
      }
    }
    return new From(Collections.<String>emptyList(), columns, null);
  }

  private Column column(Object expression, List<From> tables) {
    List<Column> all = new ArrayList<>();
    Deque<Object> open = new ArrayDeque<>();
    open.push(expression);
    while (!open.isEmpty()) {
      Object next = open.pop();
      switch (ScalaView.kind(next)) {
        case "UnresolvedAttribute":
          all.add(attribute(ScalaView.texts(ScalaView.call(next, "nameParts")), tables));
          break;
        case "UnresolvedFunction":
          arguments(next).forEach(open::push);
          break;
        case "WindowExpression":
          open.push(ScalaView.call(next, "windowFunction"));
          break;
        default:
          if (next instanceof PlanExpression || ScalaView.kind(next).startsWith("UnresolvedS")) {
            throw new Other(); // a subquery, a star
          }
          ScalaView.list(next, "children").forEach(open::push);
      }
    }
    return Column.joined(all);
  }

  private static List<Object> arguments(Object function) {
    List<Object> arguments = ScalaView.list(function, "arguments");
    List<String> name = ScalaView.texts(ScalaView.call(function, "nameParts"));
    boolean counts = name.get(name.size() - 1).equalsIgnoreCase("count");
    boolean all =
        arguments.size() == 1 && ScalaView.kind(arguments.get(0)).equals("UnresolvedStar");
    return counts && all ? Collections.emptyList() : arguments;
  }

  private Column attribute(List<String> parts, List<From> tables) {
    String name = parts.get(parts.size() - 1);
    List<String> qualifier = parts.subList(0, parts.size() - 1);
    if (qualifier.isEmpty()) {
      if (tables.size() != 1 || FUNCTIONS.contains(name.toLowerCase(Locale.ROOT))) {
        throw new Other();
      }
      return tables.get(0).column(name);
    }
    for (From table : tables) {
      if (table.isCalled(qualifier)) {
        return table.column(name);
      }
    }
    throw new Other();
  }
}
