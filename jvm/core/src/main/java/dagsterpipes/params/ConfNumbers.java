package dagsterpipes.params;

import dagsterpipes.internal.Fault;

/** The keys of {@link dagsterpipes.wire.PipesConf} whose value is a number. Thread-safe. */
public final class ConfNumbers {
  private ConfNumbers() {}

  /**
   * A number of milliseconds from the system properties.
   *
   * @param least the smallest value that is allowed
   * @return null where {@code key} is not set
   * @throws dagsterpipes.errors.PipesException when the value is no whole number or below {@code
   *     least}
   */
  public static Long millis(String key, long least) {
    return number(key, least, "milliseconds", "300");
  }

  /** A number of bytes from the system properties; else as {@link #millis}. */
  public static Long bytes(String key, long least) {
    return number(key, least, "bytes", "8388608");
  }

  /**
   * A whole number from the system properties; else as {@link #millis}.
   *
   * @param unit what is counted, in the plural, for the text of the exception
   */
  public static Long count(String key, long least, String unit) {
    return number(key, least, unit, "10");
  }

  private static Long number(String key, long least, String unit, String example) {
    String text = System.getProperty(key);
    if (text == null) {
      return null;
    }
    try {
      long number = Long.parseLong(text.trim());
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, together with the numbers that are too small.
    }
    throw Fault.value(key, "Pipes.open")
        .expected(
            "a whole number of " + unit + ", at least " + least,
            "`" + text + "`",
            "set by --conf or -D")
        .todo("Write the bare number, " + example + " for example, or leave the key out.")
        .see("parameters")
        .exception();
  }
}
