import dagsterpipes.Pipes;
import dagsterpipes.spark.TaskReports;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Tasks that report, one of which fails once; or, with an argument, what must not be done. */
public class Executors {
  public static void main(String[] args) throws Exception {
    Pipes.run(args, pipes -> {
      JavaSparkContext spark = new JavaSparkContext(SparkSession.builder().getOrCreate().sparkContext());
      TaskReports reports = TaskReports.create(pipes, spark);
      List<Integer> numbers = new ArrayList<>();
      for (int i = 0; i < 1000; i++) numbers.add(i);
      if (args.length > 0 && args[0].equals("capture")) {
        spark.parallelize(numbers, 4).foreach(number -> pipes.log().info("row " + number));
      }
      if (args.length > 0 && args[0].equals("broadcast")) {
        org.apache.spark.broadcast.Broadcast<TaskReports> everywhere = spark.broadcast(reports);
        spark.parallelize(numbers, 40).foreach(number -> everywhere.value().count("numbers"));
      }
      spark.parallelize(numbers, 4).foreachPartition(part -> {
        TaskContext task = TaskContext.get();
        long sum = 0;
        while (part.hasNext()) {
          int number = part.next();
          sum += number;
          reports.count("numbers");
          if (number % 7 == 0) reports.count("by seven", number);
        }
        if (task.partitionId() == 2 && task.attemptNumber() == 0) {
          reports.error("failing at " + sum);
          throw new IllegalStateException("only once");
        }
        reports.info("sum " + sum);
      });
      pipes.log().info("the action is over");
      pipes.reportAssetMaterialization(reports.counters());
    });
  }
}
