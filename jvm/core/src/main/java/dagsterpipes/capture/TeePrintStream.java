package dagsterpipes.capture;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;

/**
 * Prints where it was printed before, by the same call, and shows the text to the capture.
 *
 * <p>Text is taken as characters where it comes as characters: what {@code LANG=C} makes question
 * marks of on the terminal arrives whole in Dagster. No lock is held while the capture sends, not
 * even this object's own, which {@link Throwable} takes to print a stack. When the capture has
 * ended, whoever still holds this stream prints on as if it were the one below. Thread-safe.
 */
final class TeePrintStream extends PrintStream {
  private final PrintStream below;
  private volatile StdioCapture.Stream seen;

  TeePrintStream(PrintStream below) {
    super(below);
    this.below = below;
  }

  PrintStream below() {
    return below;
  }

  synchronized void showTo(StdioCapture.Stream stream) {
    seen = stream;
  }

  /** False where another one looks already. */
  synchronized boolean release(StdioCapture.Stream stream) {
    if (seen != stream) {
      return false;
    }
    seen = null;
    return true;
  }

  private void show(String text) {
    StdioCapture.Stream stream = seen;
    if (stream != null) {
      stream.append(text);
    }
  }

  @Override
  public void write(int b) {
    below.write(b);
    StdioCapture.Stream stream = seen;
    if (stream != null) {
      stream.append(new byte[] {(byte) b}, 0, 1);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    below.write(bytes, offset, length);
    StdioCapture.Stream stream = seen;
    if (stream != null) {
      stream.append(bytes, offset, length);
    }
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    write(bytes, 0, bytes.length);
  }

  @Override
  public void flush() {
    below.flush();
  }

  @Override
  public void close() {
    below.close();
  }

  @Override
  public boolean checkError() {
    return below.checkError();
  }

  @Override
  public void print(String value) {
    below.print(value);
    show(String.valueOf(value));
  }

  @Override
  public void print(boolean value) {
    print(String.valueOf(value));
  }

  @Override
  public void print(char value) {
    print(String.valueOf(value));
  }

  @Override
  public void print(int value) {
    print(String.valueOf(value));
  }

  @Override
  public void print(long value) {
    print(String.valueOf(value));
  }

  @Override
  public void print(float value) {
    print(String.valueOf(value));
  }

  @Override
  public void print(double value) {
    print(String.valueOf(value));
  }

  @Override
  public void print(char[] value) {
    print(new String(value));
  }

  @Override
  public void print(Object value) {
    print(String.valueOf(value));
  }

  @Override
  public void println() {
    below.println();
    show(System.lineSeparator());
  }

  @Override
  public void println(String value) {
    below.println(value);
    show(value + System.lineSeparator());
  }

  @Override
  public void println(boolean value) {
    println(String.valueOf(value));
  }

  @Override
  public void println(char value) {
    println(String.valueOf(value));
  }

  @Override
  public void println(int value) {
    println(String.valueOf(value));
  }

  @Override
  public void println(long value) {
    println(String.valueOf(value));
  }

  @Override
  public void println(float value) {
    println(String.valueOf(value));
  }

  @Override
  public void println(double value) {
    println(String.valueOf(value));
  }

  @Override
  public void println(char[] value) {
    println(new String(value));
  }

  @Override
  public void println(Object value) {
    println(String.valueOf(value));
  }

  @Override
  public PrintStream format(String format, Object... args) {
    print(String.format(format, args));
    return this;
  }

  @Override
  public PrintStream format(Locale locale, String format, Object... args) {
    print(String.format(locale, format, args));
    return this;
  }

  @Override
  public PrintStream printf(String format, Object... args) {
    return format(format, args);
  }

  @Override
  public PrintStream printf(Locale locale, String format, Object... args) {
    return format(locale, format, args);
  }

  @Override
  public PrintStream append(CharSequence text) {
    print(String.valueOf(text));
    return this;
  }

  @Override
  public PrintStream append(CharSequence text, int start, int end) {
    print(String.valueOf(text).substring(start, end));
    return this;
  }

  @Override
  public PrintStream append(char value) {
    print(value);
    return this;
  }
}
