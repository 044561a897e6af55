package dagsterpipes.spark;

import java.util.Collections;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/** Cells of a table preview: what Dagster takes are strings, numbers, booleans and null. */
final class Cells {
  private static final Map<String, String> KEEP_NULLS =
      Collections.singletonMap("ignoreNullFields", "false");

  private Cells() {}

  /**
   * Brings a column to a type whose values {@code MetadataValue.table} takes; Spark itself writes
   * the texts.
   */
  static Column toSpark(Column column, DataType type) {
    if (type instanceof NumericType || type instanceof BooleanType || type instanceof StringType) {
      return column;
    }
    if (type instanceof ArrayType || type instanceof MapType || type instanceof StructType) {
      return functions.to_json(column, KEEP_NULLS);
    }
    // Spark 4's; the class is not there in 3.5.
    if (type.catalogString().equals("variant")) {
      return functions.to_json(column);
    }
    if (type instanceof BinaryType) {
      return functions.base64(column);
    }
    // Dates, timestamps, intervals and whatever types Spark may get: as SHOW would print them.
    return column.cast("string");
  }
}
