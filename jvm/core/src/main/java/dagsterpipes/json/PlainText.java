package dagsterpipes.json;

import java.io.File;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.Date;
import java.util.UUID;

/** Values that have one text which everybody expects: the JDK's own, and Clojure's keywords. */
public final class PlainText {
  private PlainText() {}

  /**
   * The text of an enum constant is its name. Clojure's {@code :rows} is {@code rows}, and {@code
   * :shop/rows} is {@code shop/rows}. The text of a value of java.time or a java.util.Date is ISO
   * 8601, as {@code toString()} gives it. UUID, URI, URL, path and file also have one. The text of
   * any other value is null.
   */
  public static String of(Object value) {
    if (value instanceof CharSequence || value instanceof Character) {
      return value.toString();
    }
    if (value instanceof Enum) {
      return ((Enum<?>) value).name(); // toString() may be made for people, and change
    }
    if (value instanceof Date) {
      Instant moment = moment(value);
      return (moment == null ? value : moment).toString();
    }
    String keyword = keyword(value);
    if (keyword != null) {
      return keyword;
    }
    boolean isPlain =
        value instanceof TemporalAccessor
            || value instanceof TemporalAmount
            || value instanceof ZoneId
            || value instanceof UUID
            || value instanceof URI
            || value instanceof URL
            || value instanceof Path
            || value instanceof File;
    return isPlain ? value.toString() : null;
  }

  /** A Clojure keyword without its colon; null for any other value. By name: no Clojure here. */
  static String keyword(Object value) {
    boolean isKeyword = value != null && value.getClass().getName().equals("clojure.lang.Keyword");
    return isKeyword ? value.toString().substring(1) : null;
  }

  /**
   * The moment of an Instant, a java.util.Date or a java.sql.Timestamp; null for any other value.
   */
  public static Instant moment(Object value) {
    if (value instanceof Instant) {
      return (Instant) value;
    }
    if (!(value instanceof Date)) {
      return null;
    }
    // A day or a time of day is no moment. By name: a JVM may come without the module java.sql.
    for (Class<?> type = value.getClass(); type != Date.class; type = type.getSuperclass()) {
      if (type.getName().equals("java.sql.Date") || type.getName().equals("java.sql.Time")) {
        return null;
      }
    }
    return ((Date) value).toInstant();
  }
}
