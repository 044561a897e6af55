import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Collections;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** Reports, and ends in the way that its first argument names. Only `spark` makes a SparkContext, which takes seconds. */
public class Step {
  public static void main(String[] args) throws Exception {
    Pipes.run(args, pipes -> {
      pipes.log().info("reporting for " + pipes.runId());
      for (int i = 0; i < 3; i++) pipes.log().info("line " + i);
      if (args[0].equals("fail")) {
        System.err.println("cannot read the orders");
        throw new IllegalStateException("outer", new RuntimeException("the orders are missing"));
      }
      if (args[0].equals("vanish")) {
        System.err.println("almost done");
        System.err.flush();
        Thread.sleep(2000); // what was reported is sent by then
        Runtime.getRuntime().halt(0);
      }
      pipes.reportAssetMaterialization(Collections.singletonMap("run", pipes.runId()));
      if (args[0].equals("spark")) new SparkContext(new SparkConf());
      if (args.length > 1) {
        pipes.log().info("waiting");
        until(args[1]);
      }
    });
  }

  /** Until the file is there, four minutes at most. */
  static void until(String file) throws InterruptedException {
    for (int i = 0; i < 4800 && !Files.exists(Paths.get(file)); i++) Thread.sleep(50);
  }
}
