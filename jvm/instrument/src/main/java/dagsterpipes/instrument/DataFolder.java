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
    options = options == null ? ScalaView.callIfThere(relation, "options") : options;
    return new DataFolder(SourceOptions.of(options).first("basePath"));
  }

  /** The path itself if it is a whole data set. */
  String around(String path) {
    if (basePath != null && FilePath.of(path).isUnder(FilePath.of(basePath))) {
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
