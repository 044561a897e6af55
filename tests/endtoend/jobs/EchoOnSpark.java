import dagsterpipes.Pipes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** Sends back the arguments and properties that reached it, as `Echo` does, with the SparkContext that YARN needs. */
public class EchoOnSpark {
  public static void main(String[] args) {
    SparkSession spark = SparkSession.builder().getOrCreate();
    Map<String, Object> conf = new HashMap<>();
    for (Tuple2<String, String> entry : spark.sparkContext().getConf().getAll()) {
      if (entry._1().contains(".echo.")) conf.put(entry._1(), entry._2());
    }
    Map<String, Object> echo = new HashMap<>();
    echo.put("args", Arrays.asList(args));
    echo.put("conf", conf);
    Pipes.run(args, pipes -> {
      pipes.reportCustomMessage(echo);
      pipes.reportAssetMaterialization();
    });
    spark.stop();
  }
}
