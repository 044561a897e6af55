package dagsterpipes.internal;

import dagsterpipes.errors.PipesException;
import dagsterpipes.errors.PipesIoException;
import java.util.Collection;
import java.util.Map;

/**
 * Builds an error message from its facts, always in the same order: the parameter, its call, the
 * expected value, the actual value, its sender. Then come the remedy and the section to read. For
 * one thread.
 */
public final class Fault {
  /** Who sent a value: the job's own code. */
  public static final String JOB = "passed by this job";

  /** Who sent a value: Dagster's side. */
  public static final String DAGSTER = "sent by the orchestration side";

  private final StringBuilder text = new StringBuilder();

  private Fault() {}

  /** The usual beginning: a value that cannot be used. */
  public static Fault value(String parameter, String call) {
    return says("Invalid value for parameter `" + parameter + "` of `" + call + "`.");
  }

  /** A beginning in other words, mostly those of {@code dagster_pipes}. */
  public static Fault says(String sentence) {
    Fault fault = new Fault();
    fault.text.append(sentence);
    return fault;
  }

  /**
   * The expected value and the actual one.
   *
   * @param got must hold no secret: parameters can carry credentials
   * @param sentBy {@link #JOB}, {@link #DAGSTER}, or where else the value was set
   */
  public Fault expected(String expected, String got, String sentBy) {
    text.append(" Expected ")
        .append(expected)
        .append(", got ")
        .append(Troubleshooting.unended(got))
        .append(", ")
        .append(sentBy)
        .append('.');
    return this;
  }

  /** The remedy, in whole sentences. */
  public Fault todo(String sentences) {
    text.append(' ').append(sentences);
    return this;
  }

  /** The section of TROUBLESHOOTING.md; its anchors never change. Ends the message. */
  public Fault see(String anchor) {
    text.append(' ').append(Troubleshooting.see(anchor));
    return this;
  }

  /** The exception with the message so far; the caller throws it. */
  public PipesException exception() {
    return new PipesException(text.toString());
  }

  /**
   * The exception with the message so far; the caller throws it.
   *
   * @param cause null: none
   */
  public PipesException exception(Throwable cause) {
    return new PipesException(text.toString(), cause);
  }

  /**
   * The exception for broken I/O, with the message so far; the caller throws it.
   *
   * @param retryable see {@link PipesIoException#retryable()}
   * @param cause null: none
   */
  public PipesIoException io(boolean retryable, Throwable cause) {
    return new PipesIoException(text.toString(), retryable, cause);
  }

  /** A JSON value's type as a reader of the message thinks of it. */
  public static String typeOf(Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof String) {
      return "a string";
    }
    if (value instanceof Boolean) {
      return "a boolean";
    }
    if (value instanceof Map) {
      return "an object";
    }
    if (value instanceof Collection) {
      return "a list";
    }
    if (value instanceof Number) {
      return "the number " + value;
    }
    return "a " + value.getClass().getName();
  }
}
