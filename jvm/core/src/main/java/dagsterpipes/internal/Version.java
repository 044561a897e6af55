package dagsterpipes.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of this library, from the resource that the build writes. */
public final class Version {
  /** For example "0.1.0"; "unknown" where the resource got lost in a repackaged jar. */
  public static final String VALUE = read();

  private Version() {}

  private static String read() {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("/dagsterpipes/version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      // A number for people to look at is no reason to fail a job.
    }
    return properties.getProperty("version", "unknown");
  }
}
