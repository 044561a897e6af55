package dagsterpipes.write;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.wire.MessageFields;
import dagsterpipes.wire.Method;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.OptionalInt;

/**
 * Gives each line of a session its identity, for a reader that sends {@code "run_token"}. The
 * reader then recognizes a line that it has read before, and a line that is missing.
 *
 * <p>A line has one more key, the last one beside {@code params}. Dagster ignores it.
 *
 * <pre>
 *   "n": "k3f9a1x7c2j.123"     n = TOKEN SESSION PRODUCER "." NUMBER
 * </pre>
 *
 * TOKEN is the reader's. SESSION is four random characters, made with this object: one channel has
 * one session. PRODUCER is {@code j} for the lines of the JVM and {@code p} for those of Python.
 * NUMBER counts the lines of this producer from 1, without gaps. A line gets it when the channel
 * takes the line: {@link #line} only proposes the next number, {@link #taken} uses it up. So a log
 * line that is dropped leaves no gap.
 *
 * <p>Python numbers its lines itself, and their bytes do not change. A number that was used up is
 * refused: it comes from a second Python process. A line of Python without a number gets one of the
 * JVM: otherwise a reader of numbered lines would not take it for a message. A line with the
 * identity of another session keeps it, and is not counted.
 *
 * <p>{@code closed} has the facts of the session as well, before {@code n}: the last number of each
 * producer, {@code closed} included, and the number of log lines that were dropped. {@code opened}
 * has the attempt of the process, if YARN says it.
 *
 * <pre>
 *   "dagster_pipes_jvm": { "messages": { "j": 120, "p": 34 }, "dropped_log_lines": 0 }
 *   "dagster_pipes_jvm": { "attempt": 2 }
 * </pre>
 *
 * For every other reader the bytes are those of {@code dagster_pipes}. Not thread-safe: the channel
 * holds its lock from {@link #line} to {@link #taken}.
 */
final class LineNumbers {
  private static final int SESSION_CHARACTERS = 4;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final String FACTS = "\"" + MessageFields.SESSION_FACTS + "\":";

  /** Token and session; null: the reader requests no identity. */
  private final String session;

  private final OptionalInt attempt;
  private final String application;
  private final LineTail jvmTail;
  private long jvmLines;
  private long pythonLines;
  private long droppedLogLines;

  /**
   * @param session token and session; null: no line has an identity
   * @param attempt of this process, see {@link Attempts#ofContainer}
   * @param application of this process, see {@link Attempts#applicationOf}; null: unknown
   */
  LineNumbers(String session, OptionalInt attempt, String application) {
    this.session = session;
    this.attempt = attempt;
    this.application = application;
    this.jvmTail = session == null ? null : new LineTail(session + MessageFields.JVM_PRODUCER);
  }

  /**
   * The numbers of a new session.
   *
   * @param runToken null: the reader requests no identity
   */
  static LineNumbers of(String runToken, OptionalInt attempt, String application) {
    String session = runToken == null ? null : runToken + newSession();
    return new LineNumbers(session, attempt, application);
  }

  /** For a reader that requests no identity. */
  static LineNumbers none() {
    return new LineNumbers(null, OptionalInt.empty(), null);
  }

  /** Token and session, or null; see {@link MessageWriterChannel#identity}. */
  String identity() {
    return session;
  }

  /**
   * The message's line as the channel has to write it. Its number is used up by {@link #taken}.
   *
   * @throws dagsterpipes.errors.PipesException for a number of Python that is used up: the reader
   *     would ignore the line
   */
  NumberedLine line(PipesMessage message) {
    String text = message.line();
    int end = session == null ? -1 : text.lastIndexOf('}');
    if (end < 0) {
      return NumberedLine.unchanged(text);
    }
    int key = NumberedLine.keyAt(text);
    if (key < 0) {
      String facts = facts(message, jvmLines + 1, pythonLines);
      return NumberedLine.numbered(insert(facts, text, end), jvmTail, jvmLines + 1);
    }
    long number = NumberedLine.numberAt(text, key, session + MessageFields.PYTHON_PRODUCER);
    if (number == 0) {
      return NumberedLine.unchanged(text);
    }
    if (number <= pythonLines) {
      throw usedUp(number);
    }
    String facts = facts(message, jvmLines, number);
    return NumberedLine.ofPython(insert(facts, text, key), number);
  }

  /** The channel has taken {@code line}. */
  void taken(NumberedLine line) {
    if (line.isOfPython()) {
      pythonLines = line.number();
    } else if (line.number() > 0) {
      jvmLines = line.number();
      jvmTail.next();
    }
  }

  /** The channel had no room for a log line. */
  void dropped() {
    droppedLogLines++;
  }

  /** Begins with 1 again: the place of the messages refused the session. */
  void reset() {
    if (jvmTail != null) {
      jvmTail.reset();
    }
    jvmLines = 0;
    pythonLines = 0;
    droppedLogLines = 0;
  }

  private static PipesException usedUp(long number) {
    return Fault.says("A line of Python has a number that an earlier line had.")
        .expected("one Python process in a session", "the number " + number + " again", Fault.JOB)
        .todo(
            "Two Python processes report through one JVM: let only the process that opened the"
                + " session report.")
        .see("second-session")
        .exception();
  }

  /** Null for a message without facts. */
  private String facts(PipesMessage message, long jvm, long python) {
    if (Method.CLOSED.equals(message.method())) {
      StringBuilder last = new StringBuilder();
      count(last, MessageFields.JVM_PRODUCER, jvm);
      count(last, MessageFields.PYTHON_PRODUCER, python);
      return "{\""
          + MessageFields.MESSAGES
          + "\":{"
          + last
          + "},\""
          + MessageFields.DROPPED_LOG_LINES
          + "\":"
          + droppedLogLines
          + "}";
    }
    // Python may have found the attempt itself.
    if (Method.OPENED.equals(message.method())
        && attempt.isPresent()
        && !message.line().contains(FACTS)) {
      String of =
          application == null
              ? ""
              : ",\"" + MessageFields.APPLICATION + "\":\"" + application + "\"";
      return "{\"" + MessageFields.ATTEMPT + "\":" + attempt.getAsInt() + of + "}";
    }
    return null;
  }

  private static void count(StringBuilder last, String producer, long number) {
    if (number > 0) {
      last.append(last.length() == 0 ? "\"" : ",\"").append(producer).append("\":").append(number);
    }
  }

  /**
   * Into the text, not into an object: Python encodes messages, too, and its digits are kept.
   *
   * @param at the end of the object, or a later key of it
   */
  private static String insert(String facts, String text, int at) {
    if (facts == null) {
      return text;
    }
    boolean isEnd = text.charAt(at) == '}';
    return text.substring(0, at)
        + (isEnd ? "," : "")
        + FACTS
        + facts
        + (isEnd ? "" : ",")
        + text.substring(at);
  }

  private static String newSession() {
    long rest = random();
    StringBuilder session = new StringBuilder(SESSION_CHARACTERS);
    while (session.length() < SESSION_CHARACTERS) {
      session.append(ALPHABET.charAt((int) (rest % ALPHABET.length())));
      rest /= ALPHABET.length();
    }
    return session.toString();
  }

  /**
   * From the system itself: to load the first {@link SecureRandom} takes longer than all else that
   * a session over a file does at its start.
   *
   * @return not negative
   */
  private static long random() {
    byte[] bytes = new byte[Long.BYTES];
    try (InputStream source = new FileInputStream("/dev/urandom")) {
      if (source.read(bytes) != bytes.length) {
        new SecureRandom().nextBytes(bytes);
      }
    } catch (IOException e) {
      new SecureRandom().nextBytes(bytes); // on Windows
    }
    return ByteBuffer.wrap(bytes).getLong() & Long.MAX_VALUE;
  }
}
