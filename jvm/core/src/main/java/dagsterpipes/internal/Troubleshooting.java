package dagsterpipes.internal;

/** The page that error messages link to. The jar has a copy below META-INF/. */
public final class Troubleshooting {
  /** The beginning of every link. The page's anchors never change. */
  private static final String PAGE = "TROUBLESHOOTING.md";

  private Troubleshooting() {}

  /**
   * The closing words of a message, without a full stop.
   *
   * @param anchor of a section of the page
   */
  public static String see(String anchor) {
    return "See " + PAGE + "#" + anchor;
  }

  /** {@code text} for the middle of a sentence: without the full stop that it may end with. */
  public static String unended(Object text) {
    String said = String.valueOf(text);
    return said.endsWith(".") ? said.substring(0, said.length() - 1) : said;
  }
}
