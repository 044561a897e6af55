package dagsterpipes;

import dagsterpipes.internal.Fault;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;

/** The extras of a context, and their conversion to the types that a job asks for. */
final class Extras {
  private final Map<String, Object> all;

  Extras(Map<String, Object> all) {
    this.all = all;
  }

  Map<String, Object> all() {
    return all;
  }

  Object get(String key) {
    if (all.containsKey(key)) {
      return all.get(key);
    }
    throw Fault.says("Extra `" + key + "` is undefined. Extras must be provided by user.")
        .todo(
            "The orchestration side sent "
                + (all.isEmpty() ? "no extras" : "the extras " + all.keySet())
                + ": add it to extras={...} where the job is launched, or use extraOr(\""
                + key
                + "\", fallback).")
        .see("context")
        .exception();
  }

  <T> T get(String key, Class<T> type) {
    return as(key, get(key), type);
  }

  @SuppressWarnings("unchecked")
  <T> T getOr(String key, T fallback) {
    Object value = all.get(key);
    if (value == null) {
      return fallback;
    }
    return fallback == null ? (T) value : (T) as(key, value, family(fallback));
  }

  /**
   * The type to ask for when a fallback of that class stands in: any map for a HashMap, any list
   * for an ArrayList.
   */
  private static Class<?> family(Object fallback) {
    if (fallback instanceof Map) {
      return Map.class;
    }
    return fallback instanceof java.util.List ? java.util.List.class : fallback.getClass();
  }

  @SuppressWarnings("unchecked")
  private static <T> T as(String key, Object value, Class<T> type) {
    if (value == null || type.isInstance(value)) {
      return (T) value;
    }
    Object converted = value instanceof Number ? exactly((Number) value, type) : null;
    if (converted == null && value instanceof Boolean && type == boolean.class) {
      converted = value;
    }
    if (converted != null) {
      return (T) converted; // not type.cast: int.class is no class of an Integer
    }
    throw Fault.value(key, "extra(String, Class)")
        .expected(
            "a value that fits `" + type.getName() + "`",
            Fault.typeOf(value),
            "in the extras " + Fault.DAGSTER)
        .todo("Ask for the type that is sent, or send the type that is asked for.")
        .see("context")
        .exception();
  }

  /** The same number as another type, or null where that type cannot hold it exactly. */
  private static Object exactly(Number value, Class<?> type) {
    try {
      return number(value, type);
    } catch (NumberFormatException e) {
      return null; // NaN, an infinity, or too large for a double: no such number in that type
    }
  }

  private static Object number(Number value, Class<?> type) {
    if (type == Double.class || type == double.class) {
      double asDouble = value.doubleValue();
      boolean exact =
          value instanceof Double || new BigDecimal(asDouble).toBigInteger().equals(whole(value));
      return exact ? (Object) asDouble : null;
    }
    if (type == Float.class || type == float.class) {
      return value.floatValue(); // a float is asked for where digits do not matter
    }
    if (type == BigDecimal.class) {
      return new BigDecimal(value.toString());
    }
    BigInteger whole = whole(value);
    if (whole == null) {
      return null;
    }
    if (type == BigInteger.class) {
      return whole;
    }
    int bits = whole.bitLength();
    if ((type == Long.class || type == long.class) && bits < 64) {
      return whole.longValue();
    }
    if ((type == Integer.class || type == int.class) && bits < 32) {
      return whole.intValue();
    }
    if ((type == Short.class || type == short.class) && bits < 16) {
      return whole.shortValue();
    }
    if ((type == Byte.class || type == byte.class) && bits < 8) {
      return whole.byteValue();
    }
    return null;
  }

  /** Null for a number with a fraction; 3.0 is whole. */
  private static BigInteger whole(Number value) {
    if (value instanceof Double) {
      double d = (Double) value;
      return d == Math.rint(d) && !Double.isInfinite(d) ? new BigDecimal(d).toBigInteger() : null;
    }
    return new BigInteger(value.toString());
  }
}
