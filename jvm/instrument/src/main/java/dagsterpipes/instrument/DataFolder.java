package dagsterpipes.instrument;

/**
 * The folder of a whole data set, from a path that is a part of it: {@code lake/orders} of {@code
 * lake/orders/day=1}. Paths that a glob gives are parts. Immutable.
 */
final class DataFolder {
  /** Null if the application has not set the option. */
  private final String basePath;

  private DataFolder(String basePath) {
    this.basePath = basePath;
  }

  static DataFolder of(Object relation) {
    // A LogicalRelation has the options in its relation, one of version 2 in its table.
    Object files = ScalaView.callIfThere(relation, "relation");
    Object options = ScalaView.callIfThere(files, "options");
    if (options instanceof scala.collection.immutable.Map) {
      return new DataFolder((String) ScalaView.entry(options, "basePath"));
    }
    Object given = ScalaView.callIfThere(relation, "options");
    return new DataFolder(
        given instanceof java.util.Map
            ? (String) ((java.util.Map<?, ?>) given).get("basepath")
            : null);
  }

  /** The path itself if it is a whole data set. */
  String around(String path) {
    if (basePath != null && isUnder(Patterns.bare(path), Patterns.bare(basePath))) {
      return basePath;
    }
    String folder = path;
    if (name(parent(folder)).contains("=") && name(folder).startsWith("part-")) {
      folder = parent(folder); // a file that Spark wrote
    }
    while (isPartition(name(folder))) {
      folder = parent(folder);
    }
    return folder;
  }

  private static boolean isUnder(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder + "/");
  }

  /** As {@code day=2013-01-01}, or {@code day=*}. */
  private static boolean isPartition(String name) {
    return name.indexOf('=') > 0;
  }

  private static String name(String path) {
    String trimmed = trimmed(path);
    return trimmed.substring(trimmed.lastIndexOf('/') + 1);
  }

  private static String parent(String path) {
    String trimmed = trimmed(path);
    return trimmed.substring(0, Math.max(0, trimmed.lastIndexOf('/')));
  }

  private static String trimmed(String path) {
    String trimmed = path;
    while (trimmed.endsWith("/")) {
      trimmed = trimmed.substring(0, trimmed.length() - 1);
    }
    return trimmed;
  }
}
