package dagsterpipes.json;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON text to and from plain Java values: the only class that knows the JSON library.
 *
 * <p>Values are {@code Map<String,Object>} in the order of the text, {@code List<Object>}, {@code
 * String}, {@code Long} or {@code BigInteger}, {@code Double}, {@code Boolean} and null. Reading is
 * strict (RFC 8259), except that NaN, Infinity and -Infinity are taken as numbers: Python's {@code
 * json.dumps} writes them. Writing gives ASCII only.
 */
public final class Json {
  /** No stack overflows before: that many levels of recursion fit any thread's stack. */
  private static final int MAX_LEVELS = 255;

  /** Python writes and reads no more: {@code sys.get_int_max_str_digits()}. */
  private static final int MAX_DIGITS = 4300;

  private Json() {}

  /** Text that is no JSON, or JSON beyond a limit of {@link #read}; the message says where. */
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean isJson;

    Malformed(String message) {
      this(message, false);
    }

    private Malformed(String message, boolean isJson) {
      super(message);
      this.isJson = isJson;
    }

    static Malformed beyond(String limit) {
      return new Malformed(limit, true);
    }

    /** The text as an error names it: {@code text that is not JSON (at line 1, column 3)}. */
    public String found() {
      return (isJson ? "JSON beyond a limit of this reader (" : "text that is not JSON (")
          + getMessage()
          + ")";
    }
  }

  /**
   * Reads one value, which is all that the text may hold.
   *
   * @throws Malformed for text that is no JSON, or has more after the value. Also for JSON beyond a
   *     limit: 255 levels, or 4300 digits of a whole number
   */
  public static Object read(String text) throws Malformed {
    boolean bare = BareNumbers.mayHold(text);
    try (JsonReader in = new JsonReader(new StringReader(bare ? BareNumbers.quote(text) : text))) {
      in.setStrictness(Strictness.STRICT);
      in.setNestingLimit(MAX_LEVELS);
      Object value = value(in, bare);
      if (in.peek() != JsonToken.END_DOCUMENT) {
        throw new Malformed("more text after the JSON value");
      }
      return value;
    } catch (MalformedJsonException e) {
      throw malformed(e.getMessage());
    } catch (IOException | IllegalStateException e) {
      throw new Malformed(text.trim().isEmpty() ? "the text is empty" : "the text ends too early");
    }
  }

  /**
   * Writes a value as one line of ASCII.
   *
   * @param value a tree as {@link JsonTree} makes it
   * @throws IllegalArgumentException for what is no JSON value
   */
  public static String write(Object value) {
    StringWriter out = new StringWriter(256);
    try (JsonWriter json = new JsonWriter(out)) {
      json.setStrictness(
          Strictness.LENIENT); // NaN and infinities as bare tokens: Dagster takes those
      json.setHtmlSafe(false);
      json.setSerializeNulls(true);
      value(json, value);
    } catch (IOException e) {
      throw new AssertionError("a StringWriter does not fail", e);
    }
    return Ascii.escape(out.toString());
  }

  private static Object value(JsonReader in, boolean bare) throws IOException, Malformed {
    switch (in.peek()) {
      case BEGIN_OBJECT:
        Map<String, Object> object = new LinkedHashMap<>();
        in.beginObject();
        while (in.hasNext()) {
          String name = in.nextName();
          object.put(name, value(in, bare));
        }
        in.endObject();
        return object;
      case BEGIN_ARRAY:
        List<Object> list = new ArrayList<>();
        in.beginArray();
        while (in.hasNext()) {
          list.add(value(in, bare));
        }
        in.endArray();
        return list;
      case STRING:
        String string = in.nextString();
        String marked = bare ? BareNumbers.marked(string) : null;
        return marked == null ? string : number(in, marked);
      case NUMBER:
        return number(in, in.nextString());
      case BOOLEAN:
        return in.nextBoolean();
      case NULL:
        in.nextNull();
        return null;
      default:
        throw new IllegalStateException();
    }
  }

  private static Object number(JsonReader in, String text) throws Malformed {
    boolean isWord = text.endsWith("N") || text.endsWith("y"); // NaN, Infinity
    if (isWord || text.indexOf('.') >= 0 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
      return Double.valueOf(text);
    }
    if (text.length() <= 18) {
      return Long.valueOf(text);
    }
    if (text.length() - (text.charAt(0) == '-' ? 1 : 0) > MAX_DIGITS) {
      // To convert it would take time that grows with the square of its length.
      throw Malformed.beyond(
          "a whole number of more than " + MAX_DIGITS + " digits, path " + in.getPreviousPath());
    }
    BigInteger whole = new BigInteger(text);
    return whole.bitLength() < 64 ? (Object) whole.longValue() : whole;
  }

  private static void value(JsonWriter out, Object value) throws IOException {
    if (value == null) {
      out.nullValue();
    } else if (value instanceof String) {
      out.value((String) value);
    } else if (value instanceof Boolean) {
      out.value((boolean) (Boolean) value);
    } else if (value instanceof Double) {
      out.value((double) (Double) value);
    } else if (value instanceof Number) {
      out.value((Number) value);
    } else if (value instanceof Map) {
      out.beginObject();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        out.name((String) entry.getKey());
        value(out, entry.getValue());
      }
      out.endObject();
    } else if (value instanceof List) {
      out.beginArray();
      for (Object item : (List<?>) value) {
        value(out, item);
      }
      out.endArray();
    } else {
      throw new IllegalArgumentException("no JSON value: " + value.getClass());
    }
  }

  private static Malformed malformed(String message) {
    // Compiled here: most programs never need it, and it costs the short ones milliseconds.
    Matcher found =
        Pattern.compile("at line (\\d+) column (\\d+) path (\\S+)")
            .matcher(message == null ? "" : message);
    if (!found.find()) {
      return new Malformed("the text is no JSON");
    }
    // Without the path, which would be as deep.
    if (message.startsWith("Nesting limit")) {
      return Malformed.beyond("more than " + MAX_LEVELS + " levels, at line " + found.group(1));
    }
    return new Malformed(
        "at line " + found.group(1) + ", column " + found.group(2) + ", path " + found.group(3));
  }
}
