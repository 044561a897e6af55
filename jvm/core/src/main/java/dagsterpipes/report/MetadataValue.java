package dagsterpipes.report;

import dagsterpipes.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.JsonTree;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A metadata value with the type under which Dagster shows it; {@code
 * dagster_pipes.PipesMetadataValue}.
 *
 * <p>Immutable: what is passed is copied. Every method throws {@link PipesException} for a value
 * that JSON or Dagster has no place for, and gives the path to it.
 */
public final class MetadataValue {
  /** Dagster finds the type by the value. */
  private static final String INFER = "__infer__";

  private final String type;
  private final Object rawValue;

  private MetadataValue(String type, Object rawValue) {
    this.type = type;
    this.rawValue = rawValue;
  }

  public static MetadataValue text(String text) {
    return string("text", text);
  }

  public static MetadataValue url(String url) {
    return string("url", url);
  }

  /** A path or URI of anything: a file, a directory, {@code s3://bucket/key}. */
  public static MetadataValue path(String path) {
    return string("path", path);
  }

  public static MetadataValue notebook(String path) {
    return string("notebook", path);
  }

  /** Markdown. */
  public static MetadataValue md(String markdown) {
    return string("md", markdown);
  }

  /** Maps, lists, strings, numbers, booleans and nulls in any nesting. */
  public static MetadataValue json(Object value) {
    return new MetadataValue("json", tree(value, "value", "MetadataValue.json"));
  }

  /** NaN and the infinities arrive as such. */
  public static MetadataValue floatValue(double number) {
    return new MetadataValue("float", number);
  }

  public static MetadataValue intValue(long number) {
    return new MetadataValue("int", number);
  }

  public static MetadataValue intValue(BigInteger number) {
    return new MetadataValue("int", required("int", number));
  }

  public static MetadataValue boolValue(boolean value) {
    return new MetadataValue("bool", value);
  }

  public static MetadataValue dagsterRun(String runId) {
    return string("dagster_run", runId);
  }

  /** An asset key, its parts joined by {@code /}. */
  public static MetadataValue asset(String assetKey) {
    return string("asset", assetKey);
  }

  public static MetadataValue nullValue() {
    return new MetadataValue("null", null);
  }

  /**
   * A table of a few rows to look at.
   *
   * @param columns what the header shows
   * @param records one map a row, column name to string, number, boolean or null
   */
  public static MetadataValue table(
      List<TableColumn> columns, List<? extends Map<String, ?>> records) {
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("records", TableRecords.checked(records));
    raw.put("schema", TableSchema.of(columns).toJson());
    return new MetadataValue("table", raw);
  }

  public static MetadataValue tableSchema(TableSchema schema) {
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("columns", schema.toJson());
    return new MetadataValue("table_schema", raw);
  }

  /** For each column of this asset the upstream columns that it was made from. */
  public static MetadataValue tableColumnLineage(Map<String, List<TableColumnDep>> depsByColumn) {
    Map<String, Object> deps = new LinkedHashMap<>();
    for (Map.Entry<String, List<TableColumnDep>> column : depsByColumn.entrySet()) {
      List<Object> list = new ArrayList<>();
      for (TableColumnDep dep : column.getValue()) {
        list.add(dep.toJson());
      }
      deps.put(column.getKey(), list);
    }
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("deps_by_column", deps);
    return new MetadataValue("table_column_lineage", raw);
  }

  /** A moment, shown in the time zone of whoever looks at it. */
  public static MetadataValue timestamp(Instant moment) {
    return timestamp(required("timestamp", moment).getEpochSecond() + moment.getNano() / 1e9);
  }

  /**
   * @param epochSeconds seconds since 1970-01-01T00:00:00Z, with fractions
   */
  public static MetadataValue timestamp(double epochSeconds) {
    return new MetadataValue("timestamp", epochSeconds);
  }

  /**
   * A plain value as metadata: a MetadataValue stays as it is; a map becomes {@code json}; an
   * Instant {@code timestamp}; strings, booleans, numbers, null and lists go as they are, and
   * Dagster gives them their type (a list: json).
   *
   * @throws PipesException for any other type
   */
  public static MetadataValue of(Object value) {
    return of(value, "value", "MetadataValue.of");
  }

  /** As {@link #of(Object)}, with the place and the call that an error names. */
  static MetadataValue of(Object value, String path, String call) {
    if (value instanceof MetadataValue) {
      return (MetadataValue) value;
    }
    if (value instanceof Instant) {
      return timestamp((Instant) value);
    }
    return new MetadataValue(value instanceof Map ? "json" : INFER, tree(value, path, call));
  }

  /** The protocol's name of the type: text, url, ... or __infer__. */
  public String type() {
    return type;
  }

  /** What is sent: plain JSON values. */
  public Object rawValue() {
    return rawValue;
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("raw_value", rawValue);
    json.put("type", type);
    return json;
  }

  @Override
  public String toString() {
    return type + "(" + rawValue + ")";
  }

  private static MetadataValue string(String type, String text) {
    return new MetadataValue(type, required(type, text));
  }

  private static <T> T required(String type, T value) {
    if (value != null) {
      return value;
    }
    throw Fault.value("value", "MetadataValue (" + type + ")")
        .expected("a value", "null", Fault.JOB)
        .todo("Leave the entry out, or report MetadataValue.nullValue().")
        .see("metadata")
        .exception();
  }

  private static Object tree(Object value, String path, String call) {
    try {
      return JsonTree.of(value, path);
    } catch (JsonTree.Unsendable e) {
      throw Fault.value(e.path(), call)
          .expected(
              "a MetadataValue, string, boolean, number, null, java.time.Instant, or a list or map"
                  + " of strings, booleans, numbers and nulls",
              e.found(),
              Fault.JOB)
          .todo(
              "Convert it first, with toString() for example, or build it with one of"
                  + " MetadataValue's methods.")
          .see("metadata")
          .exception();
    }
  }
}
