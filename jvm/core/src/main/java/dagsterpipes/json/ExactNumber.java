package dagsterpipes.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.concurrent.atomic.DoubleAdder;

/**
 * A number of any JVM type in the form in which JSON loses none of its digits: a Long, a BigInteger
 * or a Double. If none of these says the same, it is text (a String).
 *
 * <ul>
 *   <li>Whole numbers, of whatever size, keep all their digits; past {@value #MOST_DIGITS} digits
 *       they go as text, because Python refuses to read such a number.
 *   <li>A BigDecimal goes as a Double where that prints as the same number: 3.00, 0.1. A whole one
 *       that does not goes as a whole number, any other as its exact text.
 *   <li>A float goes as the number that it prints as: 0.1f is 0.1.
 *   <li>Every other type, Scala's BigDecimal for example, goes as the number that its {@code
 *       toString()} says.
 * </ul>
 */
final class ExactNumber {
  /** Python's {@code sys.get_int_max_str_digits()}: a longer number breaks {@code json.loads}. */
  private static final int MOST_DIGITS = 4300;

  /** As many digits as a double can need to tell itself from its neighbours. */
  private static final int MOST_DOUBLE_DIGITS = 17;

  /** JavaScript's Number.MAX_SAFE_INTEGER: the last one before whole numbers get lost there. */
  private static final long LAST_SAFE_IN_JAVASCRIPT = (1L << 53) - 1;

  private ExactNumber() {}

  /** Null for a Number whose {@code toString()} is none. */
  static Object of(Number value) {
    if (value instanceof Long || value instanceof Double) {
      return value;
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return value.longValue();
    }
    if (value instanceof BigInteger) {
      return whole((BigInteger) value);
    }
    if (value instanceof BigDecimal) {
      return decimal((BigDecimal) value);
    }
    if (value instanceof Float) {
      return Double.valueOf(value.toString());
    }
    if (value instanceof DoubleAdder || value instanceof DoubleAccumulator) {
      return value.doubleValue();
    }
    return said(String.valueOf(value.toString()));
  }

  /**
   * The number as it is shown where a web page reads JSON: JavaScript knows no NaN there, and
   * rounds whole numbers past 2^53.
   *
   * @param number as {@link #of} gives it
   */
  static Object forJavaScript(Object number) {
    if (number instanceof BigInteger) {
      return number.toString();
    }
    if (number instanceof Long) {
      long whole = (Long) number;
      boolean safe = whole <= LAST_SAFE_IN_JAVASCRIPT && whole >= -LAST_SAFE_IN_JAVASCRIPT;
      return safe ? number : number.toString();
    }
    if (number instanceof Double && !isFinite((Double) number)) {
      return number.toString();
    }
    return number;
  }

  static boolean isFinite(double number) {
    return !Double.isNaN(number) && !Double.isInfinite(number);
  }

  private static Object said(String text) {
    if (text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity")) {
      return Double.valueOf(text);
    }
    try {
      BigDecimal decimal = new BigDecimal(text);
      boolean isWhole = text.indexOf('.') < 0 && text.indexOf('e') < 0 && text.indexOf('E') < 0;
      return isWhole ? whole(decimal.toBigIntegerExact()) : decimal(decimal);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static Object whole(BigInteger value) {
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    // Three bits and a third make a digit: most numbers need no look at their text.
    if (value.bitLength() < 3 * MOST_DIGITS) {
      return value;
    }
    String text = value.toString();
    return text.length() - (value.signum() < 0 ? 1 : 0) > MOST_DIGITS ? (Object) text : value;
  }

  private static Object decimal(BigDecimal value) {
    if (value.signum() == 0) {
      return 0.0;
    }
    BigDecimal digits = value.stripTrailingZeros();
    if (printsTheSame(digits)) {
      return value.doubleValue();
    }
    // As long: 1E+2147483647 is a BigDecimal, too.
    long wholeDigits = (long) digits.precision() - digits.scale();
    if (digits.scale() <= 0 && wholeDigits <= MOST_DIGITS) {
      return whole(digits.toBigIntegerExact());
    }
    // Readable where it can be: toPlainString would write a million zeros just as well.
    return Math.abs((long) value.scale()) <= MOST_DIGITS ? value.toPlainString() : value.toString();
  }

  /**
   * Whether the nearest double's shortest text is this number, as Python prints it.
   *
   * <p>Not by Double.toString: before JDK 19 its text is not always the shortest.
   *
   * @param digits without trailing zeros, not zero
   */
  private static boolean printsTheSame(BigDecimal digits) {
    int precision = digits.precision();
    if (precision > MOST_DOUBLE_DIGITS) {
      return false;
    }
    double nearest = digits.doubleValue();
    return isFinite(nearest) && nearest != 0 && isShortest(digits, nearest);
  }

  private static boolean isShortest(BigDecimal digits, double nearest) {
    int precision = digits.precision();
    BigDecimal exact = new BigDecimal(nearest);
    if (exact.round(new MathContext(precision, RoundingMode.HALF_EVEN)).compareTo(digits) != 0) {
      return false;
    }
    if (precision == 1) {
      return true;
    }
    // Whichever shorter number means the same double lies next to this one.
    return digits.round(new MathContext(precision - 1, RoundingMode.FLOOR)).doubleValue() != nearest
        && digits.round(new MathContext(precision - 1, RoundingMode.CEILING)).doubleValue()
            != nearest;
  }
}
