package dagsterpipes.conformance;

import java.io.IOException;
import java.util.Collections;

/** Every odd Throwable that somebody met. */
final class Throwables {
  private Throwables() {}

  static Throwable named(String name) {
    switch (name) {
      case "an error":
        return new OutOfMemoryError("Java heap space");
      case "a chain":
        return new RuntimeException(
            "outer", new IllegalStateException("middle", new IOException("inner \u00df")));
      case "a circle":
        return circle();
      case "suppressed":
        return suppressed();
      case "no message":
        return new NullPointerException();
      case "broken getters":
        return new Broken();
      case "a stack overflow":
        return overflow();
      case "thirty causes":
        return causes(30);
      case "a huge message":
        return new RuntimeException(String.join("", Collections.nCopies(2_000_000, "x")));
      case "huge causes":
        return hugeCauses();
      default:
        throw new IllegalArgumentException("no case `" + name + "`");
    }
  }

  private static Throwable circle() {
    RuntimeException first = new RuntimeException("first");
    first.initCause(new RuntimeException("second", first));
    return first;
  }

  private static Throwable suppressed() {
    RuntimeException thrown = new RuntimeException("the body");
    IOException closing =
        new IOException("while closing", new IOException("disk", new Error("sector 7")));
    closing.addSuppressed(new IllegalStateException("while flushing"));
    thrown.addSuppressed(closing);
    return thrown;
  }

  private static Throwable overflow() {
    try {
      return new IllegalStateException("no end: " + endless(0));
    } catch (StackOverflowError e) {
      return e;
    }
  }

  private static int endless(int depth) {
    return endless(depth + 1) + 1;
  }

  private static Throwable causes(int count) {
    Throwable thrown = new IOException("cause " + count);
    for (int i = count - 1; i >= 0; i--) {
      thrown = new RuntimeException("cause " + i, thrown);
    }
    return thrown;
  }

  private static Throwable hugeCauses() {
    Throwable thrown = null;
    for (int i = 8; i > 0; i--) {
      thrown =
          new RuntimeException(i + String.join("", Collections.nCopies(300_000, "\u00df")), thrown);
    }
    return thrown;
  }

  private static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no message");
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      throw new StackOverflowError();
    }

    @Override
    public synchronized Throwable getCause() {
      throw new Error("no cause");
    }
  }
}
