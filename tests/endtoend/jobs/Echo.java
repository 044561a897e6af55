import dagsterpipes.Pipes;
import dagsterpipes.context.TimeWindow;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Sends back the arguments and properties that reached it. It uses no Spark: what reaches `main` is what is asked. */
public class Echo {
  public static void main(String[] args) throws Exception {
    Pipes.run(args, pipes -> {
      Map<String, Object> conf = new LinkedHashMap<>();
      for (String key : System.getProperties().stringPropertyNames()) {
        if (key.contains(".echo.")) conf.put(key, System.getProperty(key));
      }
      Map<String, Object> echo = new LinkedHashMap<>();
      echo.put("args", Arrays.asList(args));
      echo.put("conf", conf);
      if (pipes.isPartitionStep()) {
        TimeWindow window = pipes.partitionTimeWindow();
        echo.put("partitions", Arrays.asList(pipes.partitionKeyRange().start(), pipes.partitionKeyRange().end()));
        echo.put("window", window == null ? null : Arrays.asList(window.start(), window.end()));
      }
      pipes.reportCustomMessage(echo);
      if (args.length > 0 && args[0].equals("fail")) throw new IllegalStateException("outer", new RuntimeException("the orders are missing"));
      if (args.length > 0 && args[0].equals("exit-without-closing")) Runtime.getRuntime().halt(0);
      if (args.length > 0 && args[0].equals("wait")) { pipes.log().info("waiting"); Thread.sleep(600_000L); }
      pipes.reportAssetMaterialization();
    });
  }
}
