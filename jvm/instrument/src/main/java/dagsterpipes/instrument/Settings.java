package dagsterpipes.instrument;

import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;

/**
 * The configuration of the session that runs an SQL execution, from its start: the application may
 * change it before we look. The listener's own thread has another session. Immutable.
 */
final class Settings {
  private static final String OVERWRITE_MODE = "partitionOverwriteMode";

  private final SparkConf conf;

  /** A Scala map; null for a Spark that does not send it. */
  private final Object modified;

  /** Null before the end. */
  private final QueryExecution query;

  private Settings(SparkConf conf, Object modified, QueryExecution query) {
    this.conf = conf;
    this.modified = modified;
    this.query = query;
  }

  static Settings of(SparkConf conf, SparkListenerSQLExecutionStart event) {
    return new Settings(conf, ScalaView.callIfThere(event, "modifiedConfigs"), null);
  }

  /** These; a Spark whose events have no configuration is asked for the session's at the end. */
  Settings atEnd(QueryExecution ended) {
    return new Settings(conf, modified, ended);
  }

  /**
   * Whether an overwrite replaces only those partitions that get rows.
   *
   * @param options of the write, a Scala map; null: none
   */
  boolean isOverwriteDynamic(Object options) {
    Object option = options == null ? null : ScalaView.entry(options, OVERWRITE_MODE);
    if (option == null && options != null) {
      option = ScalaView.entry(options, OVERWRITE_MODE.toLowerCase(Locale.ROOT));
    }
    String mode = option == null ? get("spark.sql.sources." + OVERWRITE_MODE) : option.toString();
    return "dynamic".equalsIgnoreCase(mode);
  }

  private String get(String key) {
    if (modified == null && query != null) {
      Object session = ScalaView.call(query, "sparkSession");
      return ((RuntimeConfig) ScalaView.call(session, "conf")).get(key, null);
    }
    Object own = modified == null ? null : ScalaView.entry(modified, key);
    return own == null ? conf.get(key, null) : (String) own;
  }
}
