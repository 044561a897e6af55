import dagsterpipes.Pipes;
import java.util.Arrays;
import java.util.Collections;
import org.apache.spark.sql.SparkSession;

/**
 * Reports as many log lines as its first argument says, with lines of its own between them on stdout.
 *
 * <p>"spark" starts a session, as YARN wants of a driver; "slow" leaves time for chunks of their own.
 */
public class Chatter {
  public static void main(String[] args) throws Exception {
    int lines = Integer.parseInt(args[0]);
    Pipes.run(args, pipes -> {
      if (Arrays.asList(args).contains("spark")) WithSpark.start();
      for (int i = 0; i < lines; i++) {
        System.out.println("line " + i);
        System.out.print("no end, ");
        pipes.log().info("report " + i);
        if (Arrays.asList(args).contains("slow") && i < 200) Thread.sleep(10);
      }
      System.err.println("said on stderr");
      pipes.reportAssetMaterialization(Collections.singletonMap("rows", lines));
    });
    System.out.println("after the session");
  }

  static class WithSpark {
    static void start() {
      SparkSession.builder().getOrCreate();
    }
  }
}
