package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The places that the options of a data source name. Without state.
 *
 * <p>A folder in which a source only stages files is none of them. No option for such a folder is
 * read here. The writes that a source makes inside are not its place, see {@link
 * Write#completedBy}.
 */
final class Connectors {
  /** The options that name the server and the parts of a table, by a word of the source's name. */
  private enum Kind {
    BIGQUERY("bigquery", "", "project", "dataset", "table|path"),
    SNOWFLAKE("snowflake", "sfURL|sfAccount", "sfDatabase", "sfSchema", "dbtable"),
    MONGODB(
        "mongo",
        "connection.uri|uri",
        "database|spark.mongodb.write.database|spark.mongodb.output.database",
        "collection|spark.mongodb.write.collection|spark.mongodb.output.collection"),
    CASSANDRA("cassandra", "cluster", "keyspace", "table"),
    COSMOS(
        "cosmos",
        "spark.cosmos.accountEndpoint",
        "spark.cosmos.database",
        "spark.cosmos.container"),
    ELASTICSEARCH("elasticsearch", "es.nodes", "es.resource.write|es.resource|path"),
    OPENSEARCH(
        "opensearch", "opensearch.nodes", "opensearch.resource.write|opensearch.resource|path"),
    KAFKA("kafka", "kafka.bootstrap.servers", "topic"),
    KUDU("kudu", "kudu.master", "kudu.table"),
    OTHER("", "url|uri|host", "keyspace|database", "schema", "dbtable|table|collection");

    final String word;
    final String server;
    final String[] parts;

    Kind(String word, String server, String... parts) {
      this.word = word;
      this.server = server;
      this.parts = parts;
    }

    /** Whether the last option may have all parts of the name. */
    boolean hasParts() {
      return this == BIGQUERY || this == SNOWFLAKE || this == OTHER;
    }
  }

  private Connectors() {}

  /**
   * The place that a source writes or reads, without its format.
   *
   * @param source the short name of the source, or the name of its class
   */
  static Place place(String source, SourceOptions options) {
    String url = options.first("url");
    if (url != null && url.toLowerCase(Locale.ROOT).startsWith("jdbc:")) {
      return Place.UNKNOWN.withTable(JdbcUrl.of(url).table(options.first("dbtable")));
    }
    Kind kind = kindOf(source);
    if (kind == Kind.OTHER && options.first("path") != null) {
      return Place.UNKNOWN.withPath(options.first("path"));
    }
    return Place.UNKNOWN.withTable(table(kind, options));
  }

  private static Kind kindOf(String source) {
    String lower = source.toLowerCase(Locale.ROOT);
    for (Kind kind : Kind.values()) {
      if (lower.contains(kind.word)) {
        return kind;
      }
    }
    return Kind.OTHER;
  }

  /** Null if the options name none. */
  private static TableName table(Kind kind, SourceOptions options) {
    String[] keys = kind.parts;
    String last = options.first(keys[keys.length - 1].split("\\|"));
    if (last == null) {
      return null;
    }
    // BigQuery's project:dataset.table; an index of Elasticsearch has no parts.
    String name = kind == Kind.BIGQUERY ? last.replaceFirst(":", ".") : last;
    List<String> parts = new ArrayList<>();
    if (kind.hasParts()) {
      List<String> named = QuotedName.parts(name);
      if (named == null) {
        return null;
      }
      parts.addAll(named);
    } else {
      parts.add(name);
    }
    // The options say the parts that the name leaves out.
    for (int key = keys.length - 1 - parts.size(); key >= 0 && parts.size() < keys.length; key--) {
      String part = options.first(keys[key].split("\\|"));
      if (part != null) {
        parts.add(0, part);
      }
    }
    String server = options.first(kind.server.split("\\|"));
    return TableName.ofDatabase(parts, 0, server == null ? "" : server);
  }
}
