package dagsterpipes.bench;

import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Logs from one thread, then from many, round after round; tests/bench/rates.py is its double.
 *
 * <p>Arguments: {@code session} or {@code plain} (the same bytes into a file of its own by a {@code
 * BufferedOutputStream}), the message, the file for the results, rounds, milliseconds of each,
 * numbers of threads. The results: the runtime, then a line {@code THREADS MESSAGES NANOSECONDS}
 * for each measurement.
 */
public final class Rates {
  private Rates() {}

  public static void main(String[] args) throws Exception {
    List<String> results = new ArrayList<>();
    results.add("Java " + System.getProperty("java.version"));
    if ("plain".equals(args[0])) {
      byte[] line = Samples.line(args[1]);
      Path file = Files.createTempFile(Paths.get(args[2]).getParent(), "plain", ".jsonl");
      try (OutputStream out = new BufferedOutputStream(new FileOutputStream(file.toFile()))) {
        measureAll(args, results, () -> write(out, line));
      }
      Files.delete(file);
    } else {
      try (PipesContext pipes = Pipes.open()) {
        measureAll(args, results, () -> pipes.log().info(args[1]));
      }
    }
    Files.write(Paths.get(args[2]), results, StandardCharsets.UTF_8);
  }

  private static void measureAll(String[] args, List<String> results, Runnable message)
      throws Exception {
    for (int round = 0; round < Integer.parseInt(args[3]); round++) {
      for (int i = 5; i < args.length; i++) {
        int threads = Integer.parseInt(args[i]);
        results.add(measure(message, threads, Long.parseLong(args[4]) * 1_000_000));
      }
    }
  }

  private static String measure(Runnable message, int threads, long nanoseconds) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    long begin = System.nanoTime();
    Callable<Long> sending =
        () -> {
          long messages = 0;
          while (System.nanoTime() - begin < nanoseconds) {
            message.run();
            messages++;
          }
          return messages;
        };
    long messages = 0;
    for (Future<Long> thread : pool.invokeAll(Collections.nCopies(threads, sending))) {
      messages += thread.get();
    }
    String result = threads + " " + messages + " " + (System.nanoTime() - begin);
    pool.shutdown();
    return result;
  }

  private static void write(OutputStream out, byte[] line) {
    try {
      out.write(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
