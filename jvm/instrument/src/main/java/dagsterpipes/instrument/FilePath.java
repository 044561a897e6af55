package dagsterpipes.instrument;

import java.net.URI;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * A path as Spark has it, in its scheme and the rest, to compare it with others. Immutable.
 *
 * <p>The schemes s3, s3a and s3n are one. A path that begins with a slash may have any scheme. The
 * number of slashes behind a scheme does not count, and no slash at the end does.
 */
final class FilePath {
  private static final Pattern SCHEME =
      Pattern.compile("^([A-Za-z*?][A-Za-z0-9+.*?-]*):(?![0-9])/*");

  private final String scheme;
  private final boolean mayHaveAnyScheme;
  private final String rest;

  private FilePath(String scheme, boolean mayHaveAnyScheme, String rest) {
    this.scheme = scheme;
    this.mayHaveAnyScheme = mayHaveAnyScheme;
    this.rest = rest;
  }

  /**
   * @param path a path, or a pattern of paths
   */
  static FilePath of(String path) {
    Matcher matcher = SCHEME.matcher(path);
    boolean hasScheme = matcher.lookingAt();
    String rest = hasScheme ? path.substring(matcher.end()) : path;
    int start = 0;
    int end = rest.length();
    while (start < end && rest.charAt(start) == '/') {
      start++;
    }
    while (end > start && rest.charAt(end - 1) == '/') {
      end--;
    }
    return new FilePath(
        hasScheme ? family(matcher.group(1)) : null,
        !hasScheme && start > 0,
        rest.substring(start, end));
  }

  /** The text of a location as people write it: a URI of Spark's catalog has it percent-encoded. */
  static String decoded(URI location) {
    return new Path(location).toString();
  }

  /** Its scheme, s3 for all of S3's schemes; null if it is not known. */
  String scheme() {
    return scheme;
  }

  /** Whether the file system of this path is not known, so that it may be that of any scheme. */
  boolean mayHaveAnyScheme() {
    return mayHaveAnyScheme;
  }

  /** Without scheme, and without slashes around it. */
  String rest() {
    return rest;
  }

  /** Whether both are one place as far as is known. */
  boolean isSame(FilePath other) {
    return rest.equals(other.rest)
        && (mayHaveAnyScheme || other.mayHaveAnyScheme || Objects.equals(scheme, other.scheme));
  }

  /** Whether it is that folder, or in it. The schemes do not count. */
  boolean isUnder(FilePath folder) {
    return rest.equals(folder.rest) || rest.startsWith(folder.rest + "/");
  }

  private static String family(String scheme) {
    String lower = scheme.toLowerCase(Locale.ROOT);
    return lower.equals("s3a") || lower.equals("s3n") ? "s3" : lower;
  }
}
