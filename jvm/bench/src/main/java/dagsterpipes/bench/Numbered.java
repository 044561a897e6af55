package dagsterpipes.bench;

import dagsterpipes.PipesContext;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Logs to a reader that requests an identity of lines and to one that does not, in turns in one
 * JVM.
 *
 * <p>Arguments: {@code file} or {@code nowhere} (a stream that throws the bytes away: no system
 * call), the message, the file for the results, rounds, milliseconds of each. The results: the
 * runtime, then a line {@code WITH WITHOUT} for each round, in nanoseconds of CPU time a log line:
 * what else the machine does is not part of it.
 */
public final class Numbered {
  private static final int BATCH = 1000;

  private Numbered() {}

  public static void main(String[] args) throws IOException {
    boolean toFile = "file".equals(args[0]);
    Path results = Paths.get(args[2]);
    List<String> lines = new ArrayList<>();
    lines.add("Java " + System.getProperty("java.version"));
    Path numbered = results.resolveSibling("numbered");
    Path plain = results.resolveSibling("plain");
    long nanos = Long.parseLong(args[4]) * 1_000_000;
    try (PipesContext with = session(toFile, numbered, "k3f9a1");
        PipesContext without = session(toFile, plain, null)) {
      for (int round = 0; round < Integer.parseInt(args[3]); round++) {
        boolean isWithFirst = round % 2 == 0; // neither side has the better place
        double first = measure(isWithFirst ? with : without, args[1], nanos);
        double second = measure(isWithFirst ? without : with, args[1], nanos);
        lines.add(
            String.format(
                Locale.ROOT,
                "%.3f %.3f",
                isWithFirst ? first : second,
                isWithFirst ? second : first));
        if (toFile) {
          new FileOutputStream(numbered.toFile()).close(); // neither grows beyond one round
          new FileOutputStream(plain.toFile()).close();
        }
      }
    }
    Files.write(results, lines, StandardCharsets.UTF_8);
  }

  private static PipesContext session(boolean toFile, Path file, String token) throws IOException {
    Map<String, Object> params = new HashMap<>();
    if (token != null) {
      params.put("run_token", token);
    }
    if (toFile) {
      params.put("path", file.toString());
      return Samples.session(params);
    }
    params.put("stdio", "stdout");
    params.put("which", file.toString()); // of another session than that of the other stream
    System.setOut(new PrintStream(new Nowhere(), false, "US-ASCII"));
    return Samples.session(params);
  }

  private static double measure(PipesContext pipes, String message, long nanos) {
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long begin = clock.getCurrentThreadCpuTime();
    long taken;
    long sent = 0;
    do {
      for (int i = 0; i < BATCH; i++) {
        pipes.log().info(message);
      }
      sent += BATCH;
      taken = clock.getCurrentThreadCpuTime() - begin;
    } while (taken < nanos);
    return (double) taken / sent;
  }

  private static final class Nowhere extends OutputStream {
    @Override
    public void write(int b) {}

    @Override
    public void write(byte[] bytes, int offset, int length) {}
  }
}
