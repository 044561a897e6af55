package dagsterpipes.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A column of an upstream asset that a column was made from; see {@link
 * MetadataValue#tableColumnLineage}. Immutable.
 */
public final class TableColumnDep {
  private final String assetKey;
  private final String columnName;

  private TableColumnDep(String assetKey, String columnName) {
    this.assetKey = assetKey;
    this.columnName = columnName;
  }

  /**
   * A dependency on one column of one asset.
   *
   * @param assetKey its parts joined by {@code /}; {@code \/} is a slash inside a part
   * @throws dagsterpipes.errors.PipesException where either is null
   */
  public static TableColumnDep of(String assetKey, String columnName) {
    return new TableColumnDep(
        TableColumn.required(assetKey, "assetKey", "TableColumnDep.of"),
        TableColumn.required(columnName, "columnName", "TableColumnDep.of"));
  }

  /**
   * The upstream asset, the parts of its key joined by {@code /}; a slash inside a part has {@code
   * \} in front.
   */
  public String assetKey() {
    return assetKey;
  }

  /** The name of the upstream asset's column. */
  public String columnName() {
    return columnName;
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    // A list: Dagster would silently take the string "up/stream" for one part.
    json.put("asset_key", parts(assetKey));
    json.put("column_name", columnName);
    return json;
  }

  /** {@code dagster_pipes.to_asset_key_path}. */
  static List<Object> parts(String assetKey) {
    List<Object> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean escaped = false;
    for (int i = 0; i < assetKey.length(); i++) {
      char c = assetKey.charAt(i);
      if (escaped) {
        part.append(c);
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == '/') {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    if (part.length() > 0) {
      parts.add(part.toString());
    }
    return parts;
  }
}
