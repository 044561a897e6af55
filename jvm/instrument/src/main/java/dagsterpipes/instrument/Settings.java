package dagsterpipes.instrument;

import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import org.apache.spark.sql.internal.SQLConf;

/**
 * The configuration of the session that runs an SQL execution, from its start: the application may
 * change it before we look. The listener's own thread has another session. Immutable.
 */
final class Settings {
  private static final String OVERWRITE_MODE = "partitionOverwriteMode";
  private static final String CASE_SENSITIVE = "spark.sql.caseSensitive";

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

  /** The result of the work, which sees the configuration of the session. */
  <T> T during(Supplier<T> work) {
    Object session = ScalaView.call(query, "sparkSession");
    SQLConf own = (SQLConf) ScalaView.call(ScalaView.call(session, "sessionState"), "conf");
    boolean wasCaseSensitive = Boolean.parseBoolean(get(CASE_SENSITIVE));
    if (wasCaseSensitive != own.caseSensitiveAnalysis()) {
      own = own.clone();
      own.setConfString(CASE_SENSITIVE, String.valueOf(wasCaseSensitive));
    }
    return ScalaView.withConf(own, work);
  }

  /** Does the work, which sees the configuration that the session has now. */
  static void during(Object session, Runnable work) {
    Object own = ScalaView.call(ScalaView.call(session, "sessionState"), "conf");
    ScalaView.withConf(
        (SQLConf) own,
        () -> {
          work.run();
          return null;
        });
  }

  /** Whether names that differ only in case are different names, in the work of {@code during}. */
  static boolean isCaseSensitive() {
    return SQLConf.get().caseSensitiveAnalysis();
  }

  /**
   * Whether an overwrite replaces only those partitions that get rows.
   *
   * @param options of the write
   */
  boolean isOverwriteDynamic(SourceOptions options) {
    String option = options.first(OVERWRITE_MODE);
    String mode = option == null ? get("spark.sql.sources." + OVERWRITE_MODE) : option;
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
