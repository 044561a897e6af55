import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reports numbered log lines and one materialization, then ends in the way that it is told.
 *
 * <p>{@code FaultJob LINES ENDING THREADS MARK [PAUSE_MILLIS]}: MARK is a file that is written when everything is reported, with the process id in it.
 * The system property {@code first} is the first line's number, {@code padding} the number of characters after it.
 * {@code onlyLogs} leaves the materialization out.
 */
public final class FaultJob {
  public static void main(String[] args) throws Exception {
    int lines = Integer.parseInt(args[0]);
    String ending = args[1];
    int threads = Integer.parseInt(args[2]);
    Path mark = Paths.get(args[3]);
    long pauseMillis = args.length > 4 ? Long.parseLong(args[4]) : 0;
    Pipes.run(
        args,
        pipes -> {
          report(pipes, lines, threads, pauseMillis);
          if (!Boolean.getBoolean("onlyLogs")) {
            pipes.reportAssetMaterialization(Collections.singletonMap("reported", lines));
          }
          Path temporary = mark.resolveSibling(mark.getFileName() + ".new");
          Files.write(temporary, String.valueOf(ProcessHandle.current().pid()).getBytes());
          Files.move(temporary, mark);
          end(ending);
        });
  }

  private static void report(PipesContext pipes, int lines, int threads, long pauseMillis) throws InterruptedException {
    int first = Integer.getInteger("first", 0);
    int end = first + lines;
    String padding = "x".repeat(Integer.getInteger("padding", 200));
    AtomicInteger next = new AtomicInteger(first);
    List<Thread> running = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = next.getAndIncrement(); i < end; i = next.getAndIncrement()) {
                  pipes.log().info("id-" + i + " at-" + System.currentTimeMillis() + " " + padding);
                  pause(pauseMillis);
                }
              });
      thread.start();
      running.add(thread);
    }
    for (Thread thread : running) {
      thread.join();
    }
  }

  private static void pause(long millis) {
    if (millis > 0) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static void end(String ending) throws InterruptedException {
    switch (ending) {
      case "close":
        return;
      case "exit":
        System.exit(0);
        return;
      case "halt":
        Runtime.getRuntime().halt(0);
        return;
      case "memory":
        List<byte[]> all = new ArrayList<>();
        while (true) {
          all.add(new byte[1 << 20]);
        }
      case "wait":
        Thread.sleep(Long.MAX_VALUE);
        return;
      default:
        throw new IllegalArgumentException(ending);
    }
  }
}
