package dagsterpipes.report;

import dagsterpipes.internal.Fault;
import dagsterpipes.json.JsonTree;
import dagsterpipes.json.MapNames;
import java.util.LinkedHashMap;
import java.util.Map;

/** Metadata of a report in the protocol's form: name to {@code {raw_value, type}}. */
public final class Metadata {
  private Metadata() {}

  /**
   * Checks metadata and converts it.
   *
   * @param call the report's method, for messages
   * @return null where there is none, as {@code dagster_pipes} sends it
   * @throws dagsterpipes.errors.PipesException for a name that is no string, two keys of the same
   *     text, or a value that cannot be sent
   */
  public static Map<String, Object> toJson(Map<String, ?> metadata, String call) {
    if (metadata == null || metadata.isEmpty()) {
      return null;
    }
    Map<String, Object> json = new LinkedHashMap<>();
    // Map<?, ?>: a raw map from Scala or Java can hold other keys than the type says.
    MapNames names = new MapNames();
    for (Map.Entry<?, ?> entry : ((Map<?, ?>) metadata).entrySet()) {
      if (MapNames.textOf(entry.getKey()) == null) {
        throw Fault.says("Invalid type for parameter `metadata` of `" + call + "`.")
            .expected(
                "a map with string keys",
                "a key that is " + Fault.typeOf(entry.getKey()),
                Fault.JOB)
            .todo("Name every entry.")
            .see("metadata")
            .exception();
      }
      String name = name(names, entry.getKey(), call);
      json.put(name, MetadataValue.of(entry.getValue(), "metadata." + name, call).toJson());
    }
    return json;
  }

  private static String name(MapNames names, Object key, String call) {
    try {
      return names.add(key, "metadata");
    } catch (JsonTree.Unsendable e) {
      throw Fault.value("metadata", call)
          .expected("a map whose entries have different names", e.found(), Fault.JOB)
          .todo("Name every entry.")
          .see("metadata")
          .exception();
    }
  }
}
