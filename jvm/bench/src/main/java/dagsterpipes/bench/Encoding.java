package dagsterpipes.bench;

import dagsterpipes.message.PipesMessage;
import dagsterpipes.report.LogLevel;
import dagsterpipes.wire.Method;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From the values of a message to its line. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Encoding {
  private final String ascii = Samples.text('x');
  private final String umlauts = Samples.text('ä');

  @Benchmark
  public PipesMessage log() {
    return PipesMessage.log(LogLevel.INFO, ascii);
  }

  @Benchmark
  public PipesMessage logBeyondAscii() {
    return PipesMessage.log(LogLevel.INFO, umlauts);
  }

  @Benchmark
  public PipesMessage report() {
    return PipesMessage.of(Method.REPORT_CUSTOM_MESSAGE, Samples.REPORT);
  }
}
