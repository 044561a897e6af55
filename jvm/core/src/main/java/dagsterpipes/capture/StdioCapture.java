package dagsterpipes.capture;

import dagsterpipes.internal.Losses;
import dagsterpipes.internal.OwnWork;
import dagsterpipes.internal.Stderr;
import dagsterpipes.logging.LogFrameworks;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.wire.MessageFields;
import dagsterpipes.wire.Method;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends what the process prints to {@code System.out} and {@code System.err} as {@code
 * log_external_stream} messages; {@code dagster_pipes.PipesDefaultLogWriter}.
 *
 * <p>Text leaves when there are 8192 characters, when the session sends anything else, or after 200
 * ms. Output to a stream that code fetched before the capture began is not seen. The exceptions are
 * Scala's {@code Console} and the consoles of a {@link LogFrameworks log framework}. From start to
 * {@link #stop}; thread-safe.
 */
final class StdioCapture {
  private static final long MAX_AGE_MILLIS = 200;
  private static final long THREAD_END_MILLIS = 2_000;

  private final SessionOutlet outlet;
  private final Losses losses = new Losses("pieces of captured output");
  private final Stream out;
  private final Stream err;
  private final Thread timer;
  private ScalaConsole console;
  private AutoCloseable frameworks;
  private volatile boolean stopped;

  private StdioCapture(SessionOutlet outlet) {
    this.outlet = outlet;
    out = new Stream("stdout", StandardStreams.teeOut());
    err = new Stream("stderr", StandardStreams.teeErr());
    timer = new Thread(this::flushNowAndThen, "dagster-pipes-stdio");
    timer.setDaemon(true);
  }

  static StdioCapture start(SessionOutlet outlet) {
    StdioCapture capture = new StdioCapture(outlet);
    // Before the streams are replaced: a framework that starts only now takes the old ones, which
    // its twin then knows.
    capture.frameworks =
        LogFrameworks.tapConsoles(
            (isStderr, text) -> (isStderr ? capture.err : capture.out).append(text));
    Stderr.divert(capture.err.tee.below());
    StandardStreams.replace(capture.out.tee, capture.err.tee);
    capture.out.tee.showTo(capture.out);
    capture.err.tee.showTo(capture.err);
    capture.console = ScalaConsole.attach(capture.out.tee, capture.err.tee);
    capture.timer.start();
    return capture;
  }

  void flush() {
    out.flush(false);
    err.flush(false);
  }

  void stop() {
    stopped = true;
    LockSupport.unpark(timer);
    // Not where a later session has begun to look.
    if (out.tee.release(out) & err.tee.release(err)) {
      StandardStreams.restore(out.tee, err.tee);
      console.detach();
      Stderr.divert(null);
    }
    try {
      frameworks.close();
    } catch (Exception e) {
      losses.add(e);
    }
    try {
      timer.join(THREAD_END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.flush(true);
    err.flush(true);
    losses.finish();
  }

  private void flushNowAndThen() {
    while (!stopped) {
      if (out.buffer.isEmpty() && err.buffer.isEmpty()) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(MAX_AGE_MILLIS));
        flush();
      }
    }
  }

  /** One of the two. */
  final class Stream {
    private final String name;
    private final TeePrintStream tee;
    private final TextBuffer buffer;

    private Stream(String name, TeePrintStream tee) {
      this.name = name;
      this.tee = tee;
      this.buffer = new TextBuffer(StandardStreams.charset(tee.below()));
    }

    void append(String text) {
      if (OwnWork.isOn()) {
        return;
      }
      for (int from = 0; from < text.length(); ) {
        int to = Math.min(text.length(), from + TextBuffer.LIMIT_CHARS);
        boolean wasEmpty = buffer.isEmpty();
        added(wasEmpty, buffer.append(text, from, to));
        from = to;
      }
    }

    void append(byte[] bytes, int offset, int length) {
      if (OwnWork.isOn()) {
        return;
      }
      for (int from = offset; from < offset + length; ) {
        int to = Math.min(offset + length, from + TextBuffer.LIMIT_CHARS);
        boolean wasEmpty = buffer.isEmpty();
        added(wasEmpty, buffer.append(bytes, from, to - from));
        from = to;
      }
    }

    private void added(boolean wasEmpty, boolean isFull) {
      if (isFull) {
        flush(false);
      } else if (wasEmpty) {
        LockSupport.unpark(timer);
      }
    }

    private void flush(boolean last) {
      if (buffer.isEmpty()) {
        return;
      }
      try {
        outlet.send(() -> next(last));
      } catch (Throwable e) {
        // The job has printed already. Its next report meets the same channel, and throws.
        losses.add(e);
      }
    }

    private PipesMessage next(boolean last) {
      String text = buffer.take(last);
      if (text.isEmpty()) {
        return null;
      }
      Map<String, Object> params = new LinkedHashMap<>();
      params.put(MessageFields.STREAM, name);
      params.put(MessageFields.TEXT, text);
      params.put(MessageFields.EXTRAS, Collections.emptyMap());
      return PipesMessage.of(Method.LOG_EXTERNAL_STREAM, params);
    }
  }
}
