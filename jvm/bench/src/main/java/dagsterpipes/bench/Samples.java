package dagsterpipes.bench;

import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.params.EnvironmentParamsLoader;
import dagsterpipes.params.MapParamsLoader;
import dagsterpipes.params.ParamCodec;
import dagsterpipes.report.LogLevel;
import dagsterpipes.write.DefaultMessageWriter;
import dagsterpipes.write.MessageWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the benchmarks send. */
final class Samples {
  private static final int TEXT_LENGTH = 200;

  /** What a report of two values holds. */
  static final Map<String, Object> REPORT = report();

  private Samples() {}

  /** A log message of 200 characters, each tenth of them {@code mark}. */
  static String text(char mark) {
    StringBuilder text = new StringBuilder();
    while (text.length() < TEXT_LENGTH) {
      text.append("stage 12 ").append(mark);
    }
    return text.toString();
  }

  /** The line of a log message as the channels write it. */
  static byte[] line(String message) {
    String line = PipesMessage.log(LogLevel.INFO, message).line();
    return (line + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** A session whose messages go where {@code messagesParams} say. */
  static PipesContext session(Map<String, Object> messagesParams) {
    return session(messagesParams, new DefaultMessageWriter());
  }

  static PipesContext session(Map<String, Object> messagesParams, MessageWriter writer) {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("run_id", "2b1d7c1e-4a55-4f0e-9d0c-6f4f2b7c9a10");
    context.put("retry_number", 0L);
    context.put("extras", Collections.emptyMap());
    Map<String, String> params = new LinkedHashMap<>();
    params.put(
        EnvironmentParamsLoader.CONTEXT,
        ParamCodec.encode(Collections.singletonMap("data", context)));
    params.put(EnvironmentParamsLoader.MESSAGES, ParamCodec.encode(messagesParams));
    return Pipes.builder().paramsLoader(new MapParamsLoader(params)).messageWriter(writer).open();
  }

  private static Map<String, Object> report() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("rows", 336_776L);
    report.put("path", "s3://lake/flights");
    return Collections.unmodifiableMap(report);
  }
}
