package dagsterpipes.instrument;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IOUtils;
import org.apache.spark.SparkContext;

/** The statements of a SQL file, as {@code spark-sql -f} separates them. Without state. */
final class SqlStatements {
  private static final int BUFFER_BYTES = 8_192;

  private SqlStatements() {}

  /**
   * @param file a URI, or a path on this machine
   * @throws IOException if it cannot be read
   */
  static List<String> in(String file, SparkContext spark) throws IOException {
    Path path = new Path(file);
    FileSystem system =
        path.toUri().isAbsolute()
            ? path.getFileSystem(spark.hadoopConfiguration())
            : FileSystem.getLocal(spark.hadoopConfiguration());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (InputStream opened = system.open(path)) {
      IOUtils.copyBytes(opened, bytes, BUFFER_BYTES);
    }
    return separated(new String(bytes.toByteArray(), StandardCharsets.UTF_8));
  }

  /**
   * The statements of a script: by Spark 4's own rule for scripts with blocks, else by semicolons.
   */
  static List<String> separated(String text) {
    List<String> statements = new ArrayList<>();
    for (String statement : bySpark(text)) {
      if (!SqlText.withoutComments(statement).trim().isEmpty()) {
        statements.add(statement);
      }
    }
    return statements;
  }

  private static List<String> bySpark(String text) {
    try {
      return ScalaView.texts(
          Class.forName("org.apache.spark.sql.catalyst.util.StringUtils")
              .getMethod("splitSemiColon", String.class, boolean.class)
              .invoke(null, text, true));
    } catch (ReflectiveOperationException e) {
      return SqlText.bySemicolons(text); // before Spark 4
    }
  }
}
