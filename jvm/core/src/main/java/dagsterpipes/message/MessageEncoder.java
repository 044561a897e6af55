package dagsterpipes.message;

import dagsterpipes.json.Ascii;
import dagsterpipes.json.Json;
import dagsterpipes.wire.MessageFields;
import dagsterpipes.wire.Method;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Encodes messages as Dagster reads them.
 *
 * <p>A message is one line: a JSON object with three names, in ASCII, without a line end inside.
 *
 * <pre>
 *   message = { "__dagster_pipes_version": "0.1", "method": METHOD, "params": OBJECT }
 *   METHOD  = opened | closed | log | report_asset_materialization | report_asset_check
 *           | report_custom_message | log_external_stream
 * </pre>
 *
 * {@code params} is always present and always an object, an empty one at least: Dagster's handler
 * fails without this key. Every character past ASCII is written {@code \}{@code uXXXX}. NaN and the
 * infinities are bare words. Whole numbers keep all their digits, past 2^53 too. {@code 1.0} stays
 * {@code 1.0}, because Dagster tells int from float by it.
 *
 * <p>Example, {@code pipes.log().info("größer")}:
 *
 * <pre>
 *   {"__dagster_pipes_version":"0.1","method":"log","params":{"message":"gr\u005cu00f6\u005cu00dfer","level":"INFO"}}
 * </pre>
 *
 * Source: {@code dagster_pipes._make_message}; Dagster's reading side is {@code
 * dagster/_core/pipes/context.py}.
 */
public final class MessageEncoder {
  private static final String LOG_BEGIN =
      "{\""
          + MessageFields.PROTOCOL_VERSION_FIELD
          + "\":\""
          + MessageFields.PROTOCOL_VERSION
          + "\",\""
          + MessageFields.METHOD
          + "\":\""
          + Method.LOG
          + "\",\""
          + MessageFields.PARAMS
          + "\":{\""
          + MessageFields.MESSAGE
          + "\":";
  private static final String LOG_LEVEL = ",\"" + MessageFields.LEVEL + "\":\"";
  private static final String LOG_END = "\"}}";

  private MessageEncoder() {}

  /**
   * Writes a message as one line, without its end. Thread-safe.
   *
   * @param method one of {@link Method}'s constants
   * @param params plain JSON values only
   */
  public static String encode(String method, Map<String, ?> params) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put(MessageFields.PROTOCOL_VERSION_FIELD, MessageFields.PROTOCOL_VERSION);
    message.put(MessageFields.METHOD, method);
    message.put(MessageFields.PARAMS, params);
    return Json.write(message);
  }

  /**
   * The line that {@link #encode} makes from a log message, without a tree and a JSON writer in
   * between: most messages are log lines. Thread-safe.
   *
   * @param level a word that needs no escape
   */
  static String encodeLog(String level, String text) {
    int size = LOG_BEGIN.length() + LOG_LEVEL.length() + level.length() + LOG_END.length();
    StringBuilder line = new StringBuilder(size + text.length() + 16).append(LOG_BEGIN);
    Ascii.quote(line, text);
    return line.append(LOG_LEVEL).append(level).append(LOG_END).toString();
  }
}
