import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;

/** JVM code that a PySpark job calls over py4j. */
public class Mixed {
  /** Its own session, as the author of a JVM job writes it. */
  public static void report(String text) {
    Pipes.run(pipes -> pipes.log().info(text + pipes.extra("from", String.class)));
  }

  public static void reportInResource(String text) {
    try (PipesContext pipes = Pipes.open()) {
      pipes.log().info(text);
    }
  }

  public static void fail(String text) {
    Pipes.run(pipes -> {
      throw new IllegalStateException(text);
    });
  }
}
