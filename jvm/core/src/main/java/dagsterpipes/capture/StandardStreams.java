package dagsterpipes.capture;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** {@code System.out} and {@code System.err}, as far as the capture touches them. */
final class StandardStreams {
  private static TeePrintStream lastOut;
  private static TeePrintStream lastErr;

  private StandardStreams() {}

  /** The one of an earlier session where there was one: somebody may have kept it. */
  static synchronized TeePrintStream teeOut() {
    lastOut = tee(System.out, lastOut);
    return lastOut;
  }

  static synchronized TeePrintStream teeErr() {
    lastErr = tee(System.err, lastErr);
    return lastErr;
  }

  private static TeePrintStream tee(PrintStream current, TeePrintStream last) {
    if (current instanceof TeePrintStream) {
      return (TeePrintStream) current;
    }
    return last != null && last.below() == current ? last : new TeePrintStream(current);
  }

  static synchronized void replace(TeePrintStream out, TeePrintStream err) {
    System.setOut(out);
    System.setErr(err);
  }

  /** Only what is still ours: a stream that the job set in between is the job's. */
  static synchronized void restore(TeePrintStream out, TeePrintStream err) {
    if (System.out == out) {
      System.setOut(out.below());
    }
    if (System.err == err) {
      System.setErr(err.below());
    }
  }

  /**
   * What bytes that are written to {@code stream} most likely mean. Since Java 18 the stream knows;
   * UTF-8 where the locale knows ASCII only.
   */
  static Charset charset(PrintStream stream) {
    Charset charset = Charset.defaultCharset();
    try {
      charset = (Charset) PrintStream.class.getMethod("charset").invoke(stream);
    } catch (ReflectiveOperationException | RuntimeException e) {
      // An older Java.
    }
    return charset.name().toLowerCase(Locale.ROOT).equals("us-ascii")
        ? StandardCharsets.UTF_8
        : charset;
  }
}
