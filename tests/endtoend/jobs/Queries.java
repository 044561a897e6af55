import dagsterpipes.Pipes;
import dagsterpipes.spark.StreamingReports;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/** A streaming query with one batch, which fails, or lasts until the process is told to end. */
public class Queries {
  public static void main(String[] args) throws Exception {
    boolean fails = args[0].equals("fail");
    Path log = Paths.get(args[2]);
    CountDownLatch ending = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(ending::countDown));
    Pipes.run(
        args,
        pipes -> {
          SparkSession spark = SparkSession.builder().getOrCreate();
          try (StreamingReports reports = StreamingReports.start(pipes, spark, 1, 15)) {
            VoidFunction2<Dataset<Row>, Long> batch =
                (rows, id) -> {
                  if (fails) {
                    throw new IllegalStateException("no orders in batch " + id);
                  }
                  write(log, "begin");
                  pipes.log().info("in the batch");
                  ending.await();
                  Thread.sleep(500); // what a batch still does when the process is told to end
                  write(log, "end");
                };
            StreamingQuery query =
                spark
                    .readStream()
                    .text(args[1])
                    .writeStream()
                    .queryName("orders")
                    .option("checkpointLocation", args[3])
                    .trigger(Trigger.ProcessingTime("1 hour"))
                    .foreachBatch(batch)
                    .start();
            while (fails && query.isActive()) {
              Thread.sleep(20); // nobody awaits it: its failure is the step's all the same
            }
            if (!fails) {
              query.awaitTermination();
            }
          }
        });
  }

  private static void write(Path log, String line) throws Exception {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    Files.write(log, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
