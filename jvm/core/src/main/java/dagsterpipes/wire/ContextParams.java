package dagsterpipes.wire;

/**
 * The keys of the context parameter. {@code context.DefaultContextLoader} has the order of
 * precedence.
 */
public final class ContextParams {
  /** A file. */
  public static final String PATH = "path";

  /** The context itself, an object of {@link ContextFields}. */
  public static final String DATA = "data";

  /** The bucket or container of the object. */
  public static final String BUCKET = "bucket";

  /** The object's key in its bucket. */
  public static final String KEY = "key";

  /** The object in any file system. */
  public static final String URI = "uri";

  /**
   * How much JSON a job decodes, in bytes: for each of the two parameters, and for a context that
   * is stored somewhere.
   */
  public static final int MAX_JSON_BYTES = 16 << 20;

  private ContextParams() {}
}
