package dagsterpipes.report;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.json.JsonTree;
import dagsterpipes.json.PlainText;
import java.io.File;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
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

  /**
   * The last second that a Date of JavaScript holds; a later timestamp breaks the page that shows
   * it.
   */
  private static final double LAST_SHOWN_EPOCH_SECOND = 8.64e12;

  private final String type;
  private final Object rawValue;

  private MetadataValue(String type, Object rawValue) {
    this.type = type;
    this.rawValue = rawValue;
  }

  /** Text, shown unchanged: {@link #md} is for Markdown. */
  public static MetadataValue text(String text) {
    return string("text", text);
  }

  /** A URL, shown as a link. */
  public static MetadataValue url(String url) {
    return string("url", url);
  }

  /** A path or URI of anything: a file, a directory, {@code s3://bucket/key}. */
  public static MetadataValue path(String path) {
    return string("path", path);
  }

  /**
   * The path of a Jupyter notebook; Dagster's web page shows it where its server can read the file.
   */
  public static MetadataValue notebook(String path) {
    return string("notebook", path);
  }

  /** Markdown, which Dagster's web page renders. */
  public static MetadataValue md(String markdown) {
    return string("md", markdown);
  }

  /**
   * JSON: maps, lists, strings, numbers, booleans and nulls in any nesting, and values that {@link
   * #of(Object)} sends as text.
   *
   * <p>Dagster's web page reads JSON in JavaScript: NaN, the infinities and whole numbers past 2^53
   * are sent as text, so that the page shows them unchanged. A bare number or boolean is sent as a
   * number or boolean: Dagster's type json accepts neither.
   */
  public static MetadataValue json(Object value) {
    return json(value, "value", "MetadataValue.json");
  }

  /**
   * A number with a fraction. NaN and the infinities arrive as such: Python reads them back, the
   * web page shows an empty value.
   */
  public static MetadataValue floatValue(double number) {
    return new MetadataValue("float", number);
  }

  /** A whole number, with all its digits. */
  public static MetadataValue intValue(long number) {
    return new MetadataValue("int", number);
  }

  /**
   * A whole number, with all its digits. One of more than 4300 digits goes as text, since Python
   * reads no such number.
   */
  public static MetadataValue intValue(BigInteger number) {
    Object exact = tree(required("int", number), "value", "MetadataValue.intValue");
    return new MetadataValue(exact instanceof String ? "text" : "int", exact);
  }

  /** True or false. */
  public static MetadataValue boolValue(boolean value) {
    return new MetadataValue("bool", value);
  }

  /**
   * A link to a run.
   *
   * @param runId the run's id, as {@link dagsterpipes.PipesContext#runId()} has it
   */
  public static MetadataValue dagsterRun(String runId) {
    return string("dagster_run", runId);
  }

  /**
   * A link to an asset.
   *
   * @param assetKey its parts joined by {@code /}. No part can hold a slash here: Dagster takes
   *     {@code \/} for a separator, too
   */
  public static MetadataValue asset(String assetKey) {
    return string("asset", assetKey);
  }

  /** No value; the entry is shown with its name. */
  public static MetadataValue nullValue() {
    return new MetadataValue("null", null);
  }

  /**
   * A table of a few rows to look at.
   *
   * <p>Columns that a record lacks are null in it: Dagster requires the same names in all records.
   * Numbers that JavaScript cannot hold (NaN, whole ones past 2^53) are sent as text, as in {@link
   * #json}.
   *
   * @param columns the columns of the header
   * @param records one map a row, column name to string, number, boolean or null, or a value that
   *     {@link #of(Object)} sends as text
   */
  public static MetadataValue table(
      List<TableColumn> columns, List<? extends Map<String, ?>> records) {
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("records", TableRecords.checked(required("table", records)));
    raw.put("schema", TableSchema.of(required("table", columns)).toJson());
    return new MetadataValue("table", raw);
  }

  /** The columns of a table; under the name {@code dagster/column_schema} the asset's own. */
  public static MetadataValue tableSchema(TableSchema schema) {
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("columns", required("table_schema", schema).toJson());
    return new MetadataValue("table_schema", raw);
  }

  /**
   * Column lineage; under the name {@code dagster/column_lineage} the asset's own.
   *
   * @param depsByColumn for each column of this asset the upstream columns that it was made from
   */
  public static MetadataValue tableColumnLineage(Map<String, List<TableColumnDep>> depsByColumn) {
    Map<String, Object> deps = new LinkedHashMap<>();
    for (Map.Entry<String, List<TableColumnDep>> column :
        required("table_column_lineage", depsByColumn).entrySet()) {
      List<Object> list = new ArrayList<>();
      for (TableColumnDep dep : required("table_column_lineage", column.getValue())) {
        list.add(required("table_column_lineage", dep).toJson());
      }
      deps.put(column.getKey(), list);
    }
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("deps_by_column", deps);
    return new MetadataValue("table_column_lineage", raw);
  }

  /**
   * A moment, shown in the reader's time zone, to the second.
   *
   * <p>Dagster keeps it as a double of seconds: exact to a microsecond in this century. A moment
   * that no web page can show (some 270,000 years away) goes as its ISO 8601 text.
   */
  public static MetadataValue timestamp(Instant moment) {
    double seconds = required("timestamp", moment).getEpochSecond() + moment.getNano() / 1e9;
    return isShown(seconds) ? timestamp(seconds) : text(moment.toString());
  }

  /**
   * As {@link #timestamp(Instant)}; NaN, an infinity and what no web page can show go as text,
   * because a single such timestamp keeps Dagster from showing the whole asset.
   *
   * @param epochSeconds seconds since 1970-01-01T00:00:00Z, with fractions
   */
  public static MetadataValue timestamp(double epochSeconds) {
    return isShown(epochSeconds)
        ? new MetadataValue("timestamp", epochSeconds)
        : text(Double.toString(epochSeconds));
  }

  /** False for NaN, too. */
  private static boolean isShown(double epochSeconds) {
    return Math.abs(epochSeconds) <= LAST_SHOWN_EPOCH_SECOND;
  }

  /**
   * A plain value as metadata.
   *
   * <ul>
   *   <li>A MetadataValue stays unchanged. An Optional becomes its content, or null.
   *   <li>Strings, booleans, null and numbers are sent unchanged, and Dagster gives them their
   *       type. Numbers of every type keep all their digits: a BigDecimal that no double and no
   *       whole number says exactly becomes text.
   *   <li>Instant, java.util.Date and java.sql.Timestamp: {@code timestamp}. Other values of
   *       java.time and java.sql (a day, a time with a zone, a duration): their ISO 8601 text.
   *   <li>URI and URL: {@code url} for http(s), else {@code path}. Path and File: {@code path}.
   *   <li>Enum constants (their names), Clojure's keywords (without the colon), UUID: text.
   *   <li>Collections, arrays, and maps with keys that are strings, enum constants or keywords:
   *       {@code json}, see {@link #json}.
   * </ul>
   *
   * @throws PipesException for any other type
   */
  public static MetadataValue of(Object value) {
    return of(value, "value", "MetadataValue.of");
  }

  /** As {@link #of(Object)}, with the place and the call that an error names. */
  static MetadataValue of(Object wrapped, String path, String call) {
    Object value = JsonTree.unwrapped(wrapped);
    if (value instanceof MetadataValue) {
      return (MetadataValue) value;
    }
    Instant moment = PlainText.moment(value);
    if (moment != null) {
      return timestamp(moment);
    }
    if (value instanceof URI || value instanceof URL) {
      String text = value.toString();
      return text.matches("(?i)https?:.*") ? url(text) : path(text);
    }
    if (value instanceof Path || value instanceof File) {
      return path(value.toString());
    }
    MetadataValue json = json(value, path, call);
    boolean isInferred = json.rawValue instanceof String || json.rawValue instanceof List;
    return isInferred || value == null ? new MetadataValue(INFER, json.rawValue) : json;
  }

  /** The protocol's name of the type: text, url, ... or __infer__. */
  public String type() {
    return type;
  }

  /** The value as it is sent: a string, number, boolean, null, or lists and maps of these. */
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

  private static MetadataValue json(Object wrapped, String path, String call) {
    Object value = JsonTree.unwrapped(wrapped);
    // A number on its own is no JSON for the web page, but a value with a type of its own.
    Object raw = value instanceof Number ? tree(value, path, call) : shown(value, path, call);
    boolean isScalar = raw instanceof Number || raw instanceof Boolean;
    return new MetadataValue(isScalar ? INFER : "json", raw);
  }

  private static Object tree(Object value, String path, String call) {
    try {
      return JsonTree.of(value, path);
    } catch (JsonTree.Unsendable e) {
      throw unsendable(e, call);
    }
  }

  private static Object shown(Object value, String path, String call) {
    try {
      return JsonTree.shown(value, path);
    } catch (JsonTree.Unsendable e) {
      throw unsendable(e, call);
    }
  }

  private static PipesException unsendable(JsonTree.Unsendable e, String call) {
    return Fault.value(e.path(), call)
        .expected(
            "a MetadataValue, string, boolean, number, null, anything of java.time, an enum"
                + " constant, UUID, URI, path, or a list or map of these",
            e.found(),
            Fault.JOB)
        .todo(
            "Convert it first, with toString() for example, or build it with one of"
                + " MetadataValue's methods.")
        .see("metadata")
        .exception();
  }
}
