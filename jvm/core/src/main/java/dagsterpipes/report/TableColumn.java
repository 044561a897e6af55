package dagsterpipes.report;

import dagsterpipes.internal.Fault;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One column of a {@link TableSchema}: name and type as Dagster shows them.
 *
 * <p>Immutable; every {@code with} method gives a new object.
 */
public final class TableColumn {
  private final String name;
  private final String type;
  private final String description;
  private final Map<String, String> tags;
  private final boolean nullable;
  private final boolean unique;
  private final List<String> otherConstraints;

  private TableColumn(
      String name,
      String type,
      String description,
      Map<String, String> tags,
      boolean nullable,
      boolean unique,
      List<String> otherConstraints) {
    this.name = name;
    this.type = type;
    this.description = description;
    this.tags = tags;
    this.nullable = nullable;
    this.unique = unique;
    this.otherConstraints = otherConstraints;
  }

  /**
   * A nullable column without description, tags or constraints.
   *
   * @param type free text: "bigint", "string"...
   * @throws dagsterpipes.errors.PipesException where either is null
   */
  public static TableColumn of(String name, String type) {
    required(name, "name", "TableColumn.of");
    required(type, "type", "TableColumn.of");
    return new TableColumn(
        name,
        type,
        null,
        Collections.<String, String>emptyMap(),
        true,
        false,
        Collections.<String>emptyList());
  }

  /**
   * A description, which Dagster shows beside the column.
   *
   * @param text null: none
   */
  public TableColumn withDescription(String text) {
    return new TableColumn(name, type, text, tags, nullable, unique, otherConstraints);
  }

  /**
   * Tags that Dagster shows beside the column, in place of those given before; copied.
   *
   * @throws dagsterpipes.errors.PipesException where a key or a value is null
   */
  public TableColumn withTags(Map<String, String> newTags) {
    for (Map.Entry<String, String> tag : newTags.entrySet()) {
      required(tag.getKey(), "newTags", "TableColumn.withTags");
      required(tag.getValue(), "newTags." + tag.getKey(), "TableColumn.withTags");
    }
    return new TableColumn(
        name,
        type,
        description,
        Collections.unmodifiableMap(new LinkedHashMap<>(newTags)),
        nullable,
        unique,
        otherConstraints);
  }

  /** Whether the column may hold nulls; true unless this is called. */
  public TableColumn withNullable(boolean isNullable) {
    return new TableColumn(name, type, description, tags, isNullable, unique, otherConstraints);
  }

  /** Whether no value comes twice in the column; false unless this is called. */
  public TableColumn withUnique(boolean isUnique) {
    return new TableColumn(name, type, description, tags, nullable, isUnique, otherConstraints);
  }

  /**
   * Constraints in words, shown unchanged, in place of those given before; copied.
   *
   * @throws dagsterpipes.errors.PipesException if one of them is null
   */
  public TableColumn withOtherConstraints(List<String> texts) {
    for (String text : texts) {
      required(text, "texts", "TableColumn.withOtherConstraints");
    }
    return new TableColumn(
        name,
        type,
        description,
        tags,
        nullable,
        unique,
        Collections.unmodifiableList(new ArrayList<>(texts)));
  }

  /** The column's name, which is never null. */
  public String name() {
    return name;
  }

  /** The column's type in words, which is never null. */
  public String type() {
    return type;
  }

  /** Dagster refuses null here, and with it the whole report. */
  static String required(String text, String parameter, String call) {
    if (text != null) {
      return text;
    }
    throw Fault.value(parameter, call)
        .expected("a string", "null", Fault.JOB)
        .todo("Name every column and its type; leave a tag, description or constraint out.")
        .see("metadata")
        .exception();
  }

  /** As Dagster's {@code metadata_value_from_external} reads a column. */
  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("type", type);
    if (description != null) {
      json.put("description", description);
    }
    if (!tags.isEmpty()) {
      json.put("tags", tags);
    }
    if (!nullable || unique || !otherConstraints.isEmpty()) {
      Map<String, Object> constraints = new LinkedHashMap<>();
      constraints.put("nullable", nullable);
      constraints.put("unique", unique);
      constraints.put("other", otherConstraints);
      json.put("constraints", constraints);
    }
    return json;
  }
}
