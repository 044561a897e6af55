package dagsterpipes.params;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.json.Json;
import dagsterpipes.wire.ContextParams;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A bootstrap parameter as text that survives environments, command lines and shells, and back.
 *
 * <pre>
 *   parameter = base64( zlib( UTF-8( JSON object ) ) )      standard alphabet with padding; whitespace is ignored
 * </pre>
 *
 * <p>Example: {@code {"path": "/tmp/m"}} is {@code eJyrVipILMlQslJQ0i/JLdDPVaoFADX3BaQ=}. Other
 * writers compress in other ways; only what comes out of it counts.
 *
 * <p>Source: {@code dagster_pipes.encode_param} and {@code decode_param}. Thread-safe. Messages
 * never quote the value: parameters can carry credentials.
 */
public final class ParamCodec {
  private ParamCodec() {}

  /**
   * Writes a parameter as text, on one line.
   *
   * @param params JSON values only
   */
  public static String encode(Map<String, ?> params) {
    byte[] json = Json.write(params).getBytes(StandardCharsets.UTF_8);
    Deflater deflater = new Deflater();
    try {
      deflater.setInput(json);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[4096];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return Base64.getEncoder().encodeToString(out.toByteArray());
    } finally {
      deflater.end();
    }
  }

  /**
   * Reads a parameter's text.
   *
   * @param text whitespace in it is ignored
   * @param name what it is called where it came from: {@code DAGSTER_PIPES_CONTEXT}, ...
   * @throws PipesException when it is empty, not base64, not zlib, not JSON or not an object, or
   *     beyond a limit: {@link ContextParams#MAX_JSON_BYTES} of JSON, or those of {@link Json#read}
   */
  @SuppressWarnings("unchecked")
  public static Map<String, Object> decode(String text, String name) {
    String packed = withoutWhitespace(text);
    if (packed.isEmpty()) {
      throw fault(name, "an empty text", null);
    }
    byte[] zipped;
    try {
      zipped = Base64.getDecoder().decode(packed);
    } catch (IllegalArgumentException e) {
      throw fault(name, packed.length() + " characters that are not base64", e);
    }
    byte[] json;
    try {
      json = inflate(zipped, name);
    } catch (DataFormatException e) {
      throw fault(name, zipped.length + " bytes that are not zlib data", e);
    }
    Object value;
    try {
      value = Json.read(new String(json, StandardCharsets.UTF_8));
    } catch (Json.Malformed e) {
      throw fault(name, e.found(), e);
    }
    if (!(value instanceof Map)) {
      throw fault(name, "JSON that is not an object but " + Fault.typeOf(value), null);
    }
    return (Map<String, Object>) value;
  }

  /** A few kilobytes of zlib may be gigabytes of JSON, so it stops where there is too much. */
  private static byte[] inflate(byte[] zipped, String name) throws DataFormatException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(zipped);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      while (!inflater.finished()) {
        int count = inflater.inflate(buffer);
        if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          throw new DataFormatException("the data end too early");
        }
        out.write(buffer, 0, count);
        if (out.size() > ContextParams.MAX_JSON_BYTES) {
          throw tooLarge(name);
        }
      }
      return out.toByteArray();
    } finally {
      inflater.end();
    }
  }

  /**
   * The exception for JSON of more than {@link ContextParams#MAX_JSON_BYTES}.
   *
   * @param place the parameter, file or object that has it
   */
  public static PipesException tooLarge(String place) {
    return Fault.says("The Pipes parameters of this job are too large.")
        .expected(
            String.format(
                    Locale.ROOT, "at most %,d bytes of JSON in ", ContextParams.MAX_JSON_BYTES)
                + place,
            "more",
            Fault.DAGSTER)
        .todo("Pass less in `extras`, and large data by a file of your own.")
        .see("parameters")
        .exception();
  }

  private static PipesException fault(String name, String got, Throwable cause) {
    return Fault.value(name, "Pipes.open")
        .expected("base64 of zlib of a JSON object", got, Fault.DAGSTER)
        .todo(
            "Pass the text on exactly as Dagster made it (session.get_bootstrap_env_vars() or the"
                + " launcher's own settings), whole and without quotes.")
        .see("parameters")
        .exception(cause);
  }

  /** Not a regular expression: to load those costs a short program some milliseconds. */
  private static String withoutWhitespace(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > ' ' || c < '\t' || (c > '\r' && c < ' ')) {
        kept.append(c);
      }
    }
    return kept.toString();
  }
}
