package dagsterpipes.store;

import dagsterpipes.internal.Fault;
import dagsterpipes.wire.PipesConf;
import java.util.Locale;

/**
 * A place in a store: {@code scheme://authority/key}, read as Hadoop's Path and Python's fsspec
 * read it: nothing is percent-decoded, and {@code ?} and {@code #} are characters like others.
 * Immutable.
 */
public final class StoreUri {
  private static final String BUCKET = "{bucket}";

  private final String scheme;
  private final String authority;
  private final String key;

  private StoreUri(String scheme, String authority, String key) {
    this.scheme = scheme;
    this.authority = authority;
    this.key = key;
  }

  /**
   * Reads a URI; {@code s3a} becomes {@code s3}.
   *
   * @param parameter the parameter that {@code text} is the value of, for the error
   * @throws dagsterpipes.errors.PipesException if {@code text} has no scheme
   */
  public static StoreUri parse(String text, String parameter) {
    int colon = text.indexOf(':');
    if (colon < 1 || !isScheme(text.substring(0, colon)) || text.length() == colon + 1) {
      throw Fault.value(parameter, "Pipes.open")
          .expected(
              "a URI with its scheme, such as hdfs://namenode:8020/pipes/run or file:///mnt/pipes",
              "`" + text + "`",
              Fault.DAGSTER)
          .todo("Give its reader or injector the whole URI.")
          .see("stores")
          .exception();
    }
    String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
    if (scheme.equals("s3a")) {
      scheme = "s3"; // Hadoop's name for its own client; which one is ours to find
    }
    String rest = text.substring(colon + 1);
    if (!rest.startsWith("//")) {
      return new StoreUri(scheme, "", withoutSlash(rest)); // file:/mnt, dbfs:/mnt
    }
    int slash = rest.indexOf('/', 2);
    return slash < 0
        ? new StoreUri(scheme, rest.substring(2), "")
        : new StoreUri(scheme, rest.substring(2, slash), withoutSlash(rest.substring(slash)));
  }

  /**
   * The top of a bucket as {@value dagsterpipes.wire.PipesConf#BUCKET_URI} says, on S3 where
   * nothing says so: Dagster's own readers for GCS and Azure send {@code bucket} as the one for S3
   * does.
   *
   * @throws dagsterpipes.errors.PipesException where that property holds no URI with {@code
   *     {bucket}} in it
   */
  public static StoreUri ofBucket(String bucket) {
    String template = System.getProperty(PipesConf.BUCKET_URI);
    if (template == null) {
      return new StoreUri("s3", bucket, ""); // unchanged: an access point's ARN holds slashes
    }
    if (!template.contains(BUCKET)) {
      throw Fault.value(PipesConf.BUCKET_URI, "Pipes.open")
          .expected(
              "a URI with " + BUCKET + " in it, such as gs://{bucket}",
              "`" + template + "`",
              "set by --conf or -D")
          .todo("Correct it, or leave it out for S3.")
          .see("stores")
          .exception();
    }
    return parse(template.replace(BUCKET, bucket), PipesConf.BUCKET_URI);
  }

  /**
   * The URI of the top of a container of Azure Blob Storage: {@code abfss://container@host}.
   *
   * @param account its name, or the whole host of its DFS endpoint in another cloud than the public
   */
  public static String azure(String container, String account) {
    String host = account.contains(".") ? account : account + ".dfs.core.windows.net";
    return "abfss://" + container + "@" + host;
  }

  /** The URI's scheme, in lower case. */
  public String scheme() {
    return scheme;
  }

  /** A bucket, {@code host:port} or {@code container@account...}; empty where the URI has none. */
  public String authority() {
    return authority;
  }

  /** The part after the authority, without its slash in front; empty for the store's top. */
  public String key() {
    return key;
  }

  /**
   * The key of something below this place; slashes at this place's end are ignored.
   *
   * @param name empty for this place itself
   */
  public String below(String name) {
    int end = key.length();
    while (end > 0 && key.charAt(end - 1) == '/') {
      end--;
    }
    String folder = key.substring(0, end);
    return folder.isEmpty() || name.isEmpty() ? folder + name : folder + "/" + name;
  }

  /**
   * Opens the store that holds this place; the caller closes it.
   *
   * @throws dagsterpipes.errors.PipesException as {@link ObjectStores#open(String, String)}
   */
  public ObjectStore open() {
    return ObjectStores.open(scheme, authority);
  }

  private static String withoutSlash(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }

  /** RFC 3986, in ASCII. A letter alone is a Windows drive. */
  private static boolean isScheme(String text) {
    return text.length() > 1 && text.matches("[A-Za-z][A-Za-z0-9+.-]*");
  }
}
