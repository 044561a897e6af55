import dagsterpipes.Pipes;
import java.util.Collections;

/** JVM code that a PySpark job calls over py4j, and that reports the step's asset. */
public class Reported {
  public static void report() {
    Pipes.current().reportAssetMaterialization(Collections.singletonMap("by", "the JVM"));
  }
}
