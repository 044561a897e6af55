package dagsterpipes.session;

import dagsterpipes.capture.TapSettings;
import dagsterpipes.capture.Taps;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.OwnWork;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.report.LogLevel;
import dagsterpipes.report.StackText;
import dagsterpipes.wire.Method;
import dagsterpipes.write.MessageWriterChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The messages of one session, from {@code opened} to {@code closed}, in one order for all senders:
 * threads of the job, Python code around it, and the process that ends.
 *
 * <p>Made under {@link Sessions#OPENING}; ends with {@link #sayClosed} and then {@link #deliver}.
 * Thread-safe. Only its senders know what a message means.
 */
public final class Session {
  private final Map<String, Object> messagesParams;
  private final Map<String, Object> contextParams;
  private final MessageWriterChannel channel;
  private final boolean remembered;
  private final Thread opener = Thread.currentThread();

  /** Orders messages, and keeps every other one from following `closed`. */
  private final Object lock = new Object();

  private final Object lastReport = new Object();
  private final AtomicBoolean delivering = new AtomicBoolean();
  private final CountDownLatch delivered = new CountDownLatch(1);

  /** The output and log lines that are read from `opened` to `closed`; null: none. */
  private volatile TapSettings tapSettings;

  private volatile Taps taps;
  private boolean opened;
  private volatile boolean closed;
  private volatile boolean processEnds;
  private boolean dropSaid;
  private volatile Throwable uncaught;
  private volatile boolean uncaughtInDaemon;
  private volatile Consumer<ProcessEnd> atProcessEnd = end -> {};
  private volatile Runnable beforeClosed;
  private volatile SessionView view;

  /** Keys of the assets that were reported, by the code of any language; changed under the lock. */
  private final Set<String> materialized = ConcurrentHashMap.newKeySet();

  /**
   * A session that has sent nothing yet; the calling thread is the one that opens it.
   *
   * @param messagesParams what tells this session from others, copied
   * @param channel closed by {@link #deliver}
   * @param contextParams where the context is, for a JVM that was not told itself; null: it was
   * @param remembered whether a second session with these parameters is an error once this one has
   *     ended
   */
  public Session(
      Map<String, Object> messagesParams,
      Map<String, Object> contextParams,
      MessageWriterChannel channel,
      boolean remembered) {
    this.messagesParams = new HashMap<>(messagesParams);
    this.contextParams = contextParams;
    this.channel = channel;
    this.remembered = remembered;
  }

  /** The decoded context parameter that Python passed; null if the JVM has to find it. */
  public Map<String, Object> contextParams() {
    return contextParams;
  }

  Map<String, Object> messagesParams() {
    return messagesParams;
  }

  boolean remembered() {
    return remembered;
  }

  Thread opener() {
    return opener;
  }

  /** The first exception that ended a thread, null if none did. */
  public Throwable uncaught() {
    return uncaught;
  }

  /** Whether the process did not wait for the thread that {@link #uncaught()} ended. */
  public boolean isUncaughtInDaemon() {
    return uncaughtInDaemon;
  }

  /** The JVM's view of this session; null where only Python has one so far. */
  public SessionView view() {
    return view;
  }

  /** Sets the JVM's view of this session, once it is made. */
  public void view(SessionView value) {
    view = value;
  }

  /** Sets what sends `closed` when the process ends while the session is open. */
  public void atProcessEnd(Consumer<ProcessEnd> action) {
    atProcessEnd = action;
  }

  /**
   * Sets the last report. It is made once, before `closed` is sent, no matter which code closes and
   * why. The action asks {@link #isAtProcessEnd} itself how long it may take.
   */
  public void beforeClosed(Runnable action) {
    beforeClosed = action;
  }

  /** Whether the process is ending, as far as this session was told. */
  public boolean isAtProcessEnd() {
    return processEnds;
  }

  /**
   * Sends the materialization of an asset; as {@link #write}. Dagster takes one for each asset, so
   * a second one is refused, whether JVM code, Python or the instrumentation sent the first.
   *
   * @param call the method that the job called, for the exception
   * @throws dagsterpipes.errors.PipesException if the asset was reported in this session
   */
  public boolean writeMaterialization(String assetKey, PipesMessage message, String call) {
    synchronized (lock) {
      if (materialized.contains(assetKey)) {
        throw Fault.says(
                "Calling `"
                    + call
                    + "` with asset key `"
                    + assetKey
                    + "` is undefined. Asset has already been materialized, so no additional data"
                    + " can be reported for it.")
            .todo("Collect the metadata and report the asset once.")
            .see("asset-keys")
            .exception();
      }
      boolean isTaken = write(message);
      if (isTaken) {
        materialized.add(assetKey); // not before: the job may retry a report that was not sent
      }
      return isTaken;
    }
  }

  /** Whether a materialization of the asset was sent, by the code of any language. */
  public boolean isMaterialized(String assetKey) {
    return materialized.contains(assetKey);
  }

  /** Sets what is taken in beside the senders' messages once `opened` is sent. */
  public void tap(TapSettings settings) {
    tapSettings = settings;
  }

  /** Whether {@code opened} was sent. */
  public boolean isOpened() {
    synchronized (lock) {
      return opened;
    }
  }

  /** Whether {@code closed} was sent, or the session was given up: it takes no more messages. */
  public boolean isClosed() {
    return closed;
  }

  /**
   * Sends one message. Once the process ends and has closed the session, messages are dropped with
   * a notice: an exception in a thread that is about to be halted explains nothing.
   *
   * @return whether the message was taken; false if it was dropped, see {@link
   *     MessageWriterChannel#write}
   * @throws dagsterpipes.errors.PipesException after `closed`
   */
  public boolean write(PipesMessage message) {
    boolean isOpening = Method.OPENED.equals(message.method());
    boolean isTaken = false;
    synchronized (lock) {
      if (!closed) {
        Taps running = taps;
        if (running != null) {
          running.flush(); // what was printed before the call comes before it
        }
        isTaken = send(message);
        opened |= isOpening;
      } else if (processEnds) {
        drop(message);
      } else {
        throw afterClose(message.method());
      }
    }
    if (isOpening) {
      startTaps();
      channel.onStopRequest(StopRequest::end);
    }
    return isTaken;
  }

  /**
   * The beginning of the identity of each line, or null; see {@link MessageWriterChannel#identity}.
   */
  public String identity() {
    return channel.identity();
  }

  /** How many messages, of all senders, would be lost with this process now. */
  public long waitingMessages() {
    return channel.waitingMessages();
  }

  /** Sends a line for the event log; as {@link #write}. */
  public void log(LogLevel level, String text) {
    write(PipesMessage.log(level, text));
  }

  /**
   * Sends a message that the sender of `closed` still has, such as the rest of captured output.
   *
   * @return as {@link #write}
   */
  public boolean writeAfterClosed(PipesMessage message) {
    synchronized (lock) {
      return send(message);
    }
  }

  /**
   * Sends {@code message}, the last one; nothing where `opened` was never sent.
   *
   * @return false where the session was closed before
   */
  public boolean sayClosed(PipesMessage message) {
    reportLast();
    stopTaps(); // outside of the lock, which what is still being printed may wait for
    synchronized (lock) {
      if (closed) {
        return false;
      }
      try {
        if (opened) {
          send(message);
        }
      } catch (RuntimeException e) {
        closed = true;
        throw e;
      }
      closed = true; // not after an Error: the end of the process retries, with more memory
      return true;
    }
  }

  /** Delivers what is under way and gives everything back; a second call does nothing. */
  public void deliver() {
    if (!delivering.compareAndSet(false, true)) {
      return;
    }
    stopTaps();
    closed = true;
    try {
      // Outside of the lock: threads that still report must fail at once, not wait for the network
      // first.
      channel.close();
    } finally {
      Sessions.remove(this);
      delivered.countDown();
    }
  }

  /** The process ends: closes the session and returns when everything is delivered. */
  void processEnds(ProcessEnd end) throws InterruptedException {
    processEnds = true;
    try {
      if (!closed) {
        atProcessEnd.accept(end);
      }
    } finally {
      deliver();
      delivered.await(); // another thread may be in the middle of it
    }
  }

  void uncaught(Thread thread, Throwable thrown) {
    if (uncaught == null) {
      uncaughtInDaemon = thread.isDaemon();
      uncaught = thrown; // before anything that needs memory
    }
    if (!closed) {
      log(LogLevel.ERROR, StackText.of("Uncaught exception in thread " + thread.getName(), thrown));
    }
  }

  /** Another thread that closes meanwhile waits for it. */
  private void reportLast() {
    synchronized (lastReport) {
      Runnable last = beforeClosed;
      beforeClosed = null;
      if (last == null || closed || !isOpened()) {
        return;
      }
      try {
        last.run();
      } catch (RuntimeException e) {
        Stderr.notice("a last report of the Pipes session could not be made: " + e);
      }
    }
  }

  private synchronized void startTaps() {
    if (tapSettings != null && taps == null && !closed) {
      taps = Taps.start(tapSettings, channel, this::sendTapped);
    }
  }

  private synchronized void stopTaps() {
    if (taps != null) {
      taps.close();
    }
  }

  private void sendTapped(Supplier<PipesMessage> next) {
    synchronized (lock) {
      PipesMessage message = closed ? null : next.get();
      if (message != null) {
        send(message);
      }
    }
  }

  private boolean send(PipesMessage message) {
    OwnWork.enter();
    try {
      return channel.write(message);
    } finally {
      OwnWork.leave();
    }
  }

  /**
   * The exception for a message after the end; the caller throws it.
   *
   * @param method of the message that is refused
   */
  public static RuntimeException afterClose(String method) {
    return Fault.says("Cannot send message after pipes context is closed.")
        .expected(
            "an open session", "a message `" + method + "` after the session was closed", Fault.JOB)
        .todo(
            "Report before Pipes.run's body ends or close() is called, and wait there for"
                + " threads that report.")
        .see("not-closed")
        .exception();
  }

  private void drop(PipesMessage message) {
    if (!dropSaid) {
      dropSaid = true;
      Stderr.notice(
          "the process is ending and its Pipes session is closed: a message `"
              + message.method()
              + "` and any after it are not sent. "
              + Troubleshooting.see("process-ended"));
    }
  }
}
