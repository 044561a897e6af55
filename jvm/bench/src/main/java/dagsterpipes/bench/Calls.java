package dagsterpipes.bench;

import dagsterpipes.PipesContext;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A job's calls, from the text to the file that Dagster reads; beside it, what the file takes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Calls {
  private final String text = Samples.text('x');
  private final byte[] line = Samples.line(text);
  private Path path;
  private PipesContext pipes;
  private OutputStream plain;

  /** A new file for each iteration: none grows beyond what one writes. */
  @Setup(Level.Iteration)
  public void open() throws IOException {
    path = Files.createTempFile("calls", ".jsonl");
    pipes = Samples.session(Collections.singletonMap("path", path.toString()));
    plain = new BufferedOutputStream(new FileOutputStream(path.toFile(), true));
  }

  @TearDown(Level.Iteration)
  public void close() throws IOException {
    pipes.close();
    plain.close();
    Files.delete(path);
  }

  @Benchmark
  public void log() {
    pipes.log().info(text);
  }

  /** With the kernel when the call returns. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public void report() {
    pipes.reportCustomMessage(Samples.REPORT);
  }

  /** The bytes of a log line, encoded beforehand. */
  @Benchmark
  public void plainStream() throws IOException {
    plain.write(line);
  }
}
