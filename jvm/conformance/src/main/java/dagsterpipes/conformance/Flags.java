package dagsterpipes.conformance;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.reflect.TypeToken;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.Map;

/**
 * The program's flags, each with one value: {@code --test-name}, {@code --job-name}, {@code
 * --context-loader}, {@code --message-writer}, and the paths of JSON files {@code --extras}, {@code
 * --custom-payload}, {@code --report-asset-materialization}, {@code --report-asset-check}.
 */
final class Flags {
  private static final Gson JSON =
      new GsonBuilder().setObjectToNumberStrategy(reader -> number(reader.nextString())).create();

  private final Map<String, String> values = new HashMap<>();

  private Flags() {}

  static Flags parse(String[] args) {
    Flags flags = new Flags();
    for (int i = 0; i < args.length; i += 2) {
      if (!args[i].startsWith("--") || i + 1 == args.length) {
        throw new IllegalArgumentException(
            "expected --flag value pairs, got " + String.join(" ", args));
      }
      flags.values.put(args[i], args[i + 1]);
    }
    return flags;
  }

  boolean has(String flag) {
    return values.containsKey(flag);
  }

  String required(String flag) {
    String value = values.get(flag);
    if (value == null) {
      throw new IllegalArgumentException(flag + " is missing");
    }
    return value;
  }

  /** The object in the file that the flag names. */
  Map<String, Object> json(String flag) {
    try {
      byte[] bytes = Files.readAllBytes(Paths.get(required(flag)));
      TypeToken<Map<String, Object>> object = new TypeToken<Map<String, Object>>() {};
      return JSON.fromJson(new String(bytes, StandardCharsets.UTF_8), object.getType());
    } catch (IOException e) {
      throw new IllegalStateException(flag + ": " + e, e);
    }
  }

  /**
   * Whole numbers keep every digit, as Python's do; Gson's own policies would make some doubles.
   */
  private static Number number(String text) {
    if (!text.matches("-?\\d+")) {
      return Double.valueOf(text);
    }
    BigInteger whole = new BigInteger(text);
    return whole.bitLength() < Long.SIZE ? (Number) whole.longValue() : whole;
  }
}
