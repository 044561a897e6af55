package dagsterpipes.report;

import dagsterpipes.PipesException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One column of a {@link TableSchema}: name and type as Dagster shows them. Immutable. */
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
   * A nullable column without description, tags or constraints. {@code type} is free text:
   * "bigint", "string"...
   */
  public static TableColumn of(String name, String type) {
    if (name == null || type == null) {
      throw new PipesException(
          "Invalid value for parameter `"
              + (name == null ? "name" : "type")
              + "` of `TableColumn.of`. Expected a string, got null, passed by this job. Name every"
              + " column and its type. See TROUBLESHOOTING.md#metadata");
    }
    return new TableColumn(
        name,
        type,
        null,
        Collections.<String, String>emptyMap(),
        true,
        false,
        Collections.<String>emptyList());
  }

  public TableColumn withDescription(String text) {
    return new TableColumn(name, type, text, tags, nullable, unique, otherConstraints);
  }

  public TableColumn withTags(Map<String, String> newTags) {
    return new TableColumn(
        name,
        type,
        description,
        Collections.unmodifiableMap(new LinkedHashMap<>(newTags)),
        nullable,
        unique,
        otherConstraints);
  }

  public TableColumn withNullable(boolean isNullable) {
    return new TableColumn(name, type, description, tags, isNullable, unique, otherConstraints);
  }

  public TableColumn withUnique(boolean isUnique) {
    return new TableColumn(name, type, description, tags, nullable, isUnique, otherConstraints);
  }

  /** Constraints in words, shown as they are. */
  public TableColumn withOtherConstraints(List<String> texts) {
    return new TableColumn(
        name,
        type,
        description,
        tags,
        nullable,
        unique,
        Collections.unmodifiableList(new java.util.ArrayList<>(texts)));
  }

  public String name() {
    return name;
  }

  public String type() {
    return type;
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
