import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import dagsterpipes.PipesLogger;
import dagsterpipes.report.AssetMaterialization;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What session_cost.py runs on the JVM. Parameters come by the environment, as from a launcher. */
public final class SessionCost {
  private SessionCost() {}

  /** Nothing, in a class of its own: to verify one that names the bridge would load some of it. */
  public static final class Bare {
    private Bare() {}

    public static void main(String[] args) {}
  }

  /** A whole session with one report. */
  public static final class Session {
    private Session() {}

    public static void main(String[] args) {
      try (PipesContext pipes = Pipes.open()) {
        pipes.reportAssetMaterialization(AssetMaterialization.empty().withMetadata("rows", 336776));
      }
    }
  }

  /**
   * Logs from one thread, then from many, round after round; session_cost_python.py is its double.
   *
   * <p>Arguments: the message, the file for the results, rounds, milliseconds of each, numbers of
   * threads. The results: the runtime, then a line {@code THREADS MESSAGES NANOSECONDS} for each
   * measurement.
   */
  public static final class Rates {
    private Rates() {}

    public static void main(String[] args) throws Exception {
      List<String> results = new ArrayList<>();
      results.add("Java " + System.getProperty("java.version"));
      try (PipesContext pipes = Pipes.open()) {
        for (int round = 0; round < Integer.parseInt(args[2]); round++) {
          for (int i = 4; i < args.length; i++) {
            int threads = Integer.parseInt(args[i]);
            results.add(
                measure(pipes.log(), args[0], threads, Long.parseLong(args[3]) * 1_000_000));
          }
        }
      }
      Files.write(Paths.get(args[1]), results);
    }

    private static String measure(PipesLogger log, String message, int threads, long nanoseconds)
        throws Exception {
      ExecutorService pool = Executors.newFixedThreadPool(threads);
      long begin = System.nanoTime();
      Callable<Long> logging =
          () -> {
            long messages = 0;
            while (System.nanoTime() - begin < nanoseconds) {
              log.info(message);
              messages++;
            }
            return messages;
          };
      long messages = 0;
      for (Future<Long> thread : pool.invokeAll(Collections.nCopies(threads, logging))) {
        messages += thread.get();
      }
      String result = threads + " " + messages + " " + (System.nanoTime() - begin);
      pool.shutdown();
      return result;
    }
  }
}
