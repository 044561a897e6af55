package dagsterpipes.instrument;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The options that an application gave to a data source; their names have no case. Immutable. */
final class SourceOptions {
  private final Map<String, String> byName = new LinkedHashMap<>();

  private SourceOptions() {}

  /**
   * @param options a map of Scala or of Java; null: none
   */
  static SourceOptions of(Object options) {
    SourceOptions all = new SourceOptions();
    if (options instanceof Map) {
      ((Map<?, ?>) options).forEach(all::put);
    } else if (options != null) {
      ScalaView.strings(options).forEach(all::put);
    }
    return all;
  }

  /** The first of these options that is given; null if there is none. */
  String first(String... names) {
    for (String name : names) {
      String value = byName.get(name.toLowerCase(Locale.ROOT));
      if (value != null && !value.trim().isEmpty()) {
        return value;
      }
    }
    return null;
  }

  private void put(Object name, Object value) {
    byName.put(
        String.valueOf(name).toLowerCase(Locale.ROOT), value == null ? null : value.toString());
  }
}
