package dagsterpipes.internal;

/** The page that error messages link to. The jar has a copy below META-INF/. */
public final class Troubleshooting {
  /**
   * The beginning of every link: the page of this version, which stays where it is after later
   * releases. Its anchors never change. {@code texts.py} has the same.
   */
  public static final String PAGE_URL =
      "https://github.com/dagster-pipes-jvm/dagster-pipes-jvm/blob/v0.1.0/TROUBLESHOOTING.md";

  private Troubleshooting() {}

  /**
   * The closing words of a message, without a full stop.
   *
   * @param anchor of a section of the page
   */
  public static String see(String anchor) {
    return "See " + PAGE_URL + "#" + anchor;
  }

  /** {@code text} for the middle of a sentence: without the full stop that it may end with. */
  public static String unended(Object text) {
    String said = String.valueOf(text);
    return said.endsWith(".") ? said.substring(0, said.length() - 1) : said;
  }
}
