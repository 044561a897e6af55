package dagsterpipes.instrument;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/**
 * Runs a file of SQL statements where {@code spark-sql -f} cannot: Spark refuses it in cluster
 * mode, and some distributions lack it. {@code --class dagsterpipes.instrument.SqlMain
 * spark-internal FILE [OPTIONS]}.
 *
 * <p>The options are those of {@code spark-sql}, and the rows of queries are printed as there. An
 * error is thrown, so that it becomes the reason of the failure.
 */
public final class SqlMain {
  private static final Set<String> VARIABLES =
      new HashSet<>(Arrays.asList("-d", "--define", "--hivevar", "--hiveconf"));
  private static final Set<String> DATABASES =
      new HashSet<>(Arrays.asList("--database", "-database"));
  private static final Set<String> WITHOUT_EFFECT =
      new HashSet<>(Arrays.asList("-S", "--silent", "-v", "--verbose"));

  private final List<String> files = new ArrayList<>();
  private final Map<String, String> variables = new LinkedHashMap<>();
  private String database;

  private SqlMain() {}

  /**
   * Runs the statements, one after the other.
   *
   * @param args the path or URI of the file, then options of {@code spark-sql}
   * @throws Exception that of the first statement that fails
   */
  public static void main(String[] args) throws Exception {
    Instrumentation.mainStarts(new String[0]);
    Throwable failure = null;
    try {
      parse(args).run();
    } catch (Throwable e) {
      failure = e;
      throw e;
    } finally {
      Instrumentation.mainEnds(failure);
    }
  }

  private static SqlMain parse(String[] args) {
    SqlMain main = new SqlMain();
    String file = args.length == 0 ? null : args[0];
    for (int i = 1; i < args.length; i++) {
      String option = args[i];
      if (WITHOUT_EFFECT.contains(option)) {
        continue;
      }
      String value = i + 1 < args.length ? args[++i] : null;
      if (value != null && VARIABLES.contains(option) && value.indexOf('=') > 0) {
        int equals = value.indexOf('=');
        main.variables.put(value.substring(0, equals), value.substring(equals + 1));
      } else if (value != null && DATABASES.contains(option)) {
        main.database = value;
      } else if (value != null && option.equals("-i")) {
        main.files.add(value);
      } else {
        throw new IllegalArgumentException(
            "A SQL file takes the options -d, --define, --hivevar, --hiveconf NAME=VALUE,"
                + " --database NAME, -i FILE, -S and -v in cluster mode, not "
                + option);
      }
    }
    if (file == null) {
      throw new IllegalArgumentException("No SQL file was given.");
    }
    main.files.add(file);
    return main;
  }

  private void run() throws Exception {
    SparkSession.Builder builder = SparkSession.builder();
    SparkSession spark = (hasHive() ? builder.enableHiveSupport() : builder).getOrCreate();
    Object conf = ScalaView.call(spark, "conf");
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      conf.getClass()
          .getMethod("set", String.class, String.class)
          .invoke(conf, variable.getKey(), variable.getValue());
    }
    if (database != null) {
      spark.sql("use `" + database.replace("`", "``") + "`");
    }
    for (String file : files) {
      for (String statement : SqlStatements.in(file, spark.sparkContext())) {
        print(spark, statement);
      }
    }
    spark.stop();
  }

  /** As spark-sql prints it: this is the output of the application itself. */
  private static void print(SparkSession spark, String statement) throws Exception {
    Object plan =
        ScalaView.call(ScalaView.call(spark.sql(statement), "queryExecution"), "executedPlan");
    Class<?> result = Class.forName("org.apache.spark.sql.execution.HiveResult");
    Class<?> type = Class.forName("org.apache.spark.sql.execution.SparkPlan");
    try {
      Object rows = result.getMethod("hiveResultString", type).invoke(null, plan);
      ScalaView.list(rows).forEach(System.out::println);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception ? (Exception) e.getCause() : e;
    }
  }

  private static boolean hasHive() {
    try {
      Class.forName("org.apache.spark.sql.hive.HiveSessionStateBuilder");
      Class.forName("org.apache.hadoop.hive.conf.HiveConf");
      return true;
    } catch (ClassNotFoundException | NoClassDefFoundError e) {
      return false;
    }
  }
}
