import org.apache.spark.sql.SparkSession;

/** Leaves Spark to a thread, or halts: {@code Threads OUTPUT_DIRECTORY HOW}. It has no Pipes code. */
public final class Threads {
  public static void main(String[] args) {
    if (args[1].equals("halt")) {
      write(args[0], 1);
      Runtime.getRuntime().halt(0);
    }
    Thread main = Thread.currentThread();
    new Thread(
            () -> {
              while (isIn(main)) {
                Thread.yield();
              }
              write(args[0], 1).stop();
              write(args[0], 2); // Spark's own hook stops this one.
              if (args[1].equals("fail")) {
                throw new IllegalStateException("too late for main");
              }
            })
        .start();
  }

  private static boolean isIn(Thread main) {
    for (StackTraceElement frame : main.getStackTrace()) {
      if (frame.getClassName().equals("Threads")) {
        return true;
      }
    }
    return false;
  }

  private static SparkSession write(String folder, int number) {
    SparkSession spark = SparkSession.builder().getOrCreate();
    spark.range(10 * number).write().parquet(folder + "/" + number);
    System.out.println(spark.sparkContext().appName());
    return spark;
  }

  private Threads() {}
}
