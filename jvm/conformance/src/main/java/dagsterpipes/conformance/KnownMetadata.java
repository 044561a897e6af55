package dagsterpipes.conformance;

import dagsterpipes.report.MetadataValue;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The thirteen entries that the suite looks for: if any is sent, all must be. */
final class KnownMetadata {
  private KnownMetadata() {}

  static Map<String, MetadataValue> all() {
    Map<String, MetadataValue> all = new LinkedHashMap<>();
    all.put("bool_true", MetadataValue.boolValue(true));
    all.put("bool_false", MetadataValue.boolValue(false));
    all.put("float", MetadataValue.floatValue(0.1));
    all.put("int", MetadataValue.intValue(1));
    all.put("url", MetadataValue.url("https://dagster.io"));
    all.put("path", MetadataValue.path("/dev/null"));
    all.put("null", MetadataValue.nullValue());
    all.put("md", MetadataValue.md("**markdown**"));
    all.put("json", MetadataValue.json(json()));
    all.put("text", MetadataValue.text("hello"));
    all.put("asset", MetadataValue.asset("foo/bar"));
    all.put("dagster_run", MetadataValue.dagsterRun("db892d7f-0031-4747-973d-22e8b9095d9d"));
    all.put("notebook", MetadataValue.notebook("notebook.ipynb"));
    return all;
  }

  private static Map<String, Object> json() {
    Map<String, Object> quux = new LinkedHashMap<>();
    quux.put("a", 1);
    quux.put("b", 2);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("quux", quux);
    json.put("corge", null);
    json.put("qux", Arrays.asList(1, 2, 3));
    json.put("foo", "bar");
    json.put("baz", 1);
    return json;
  }
}
