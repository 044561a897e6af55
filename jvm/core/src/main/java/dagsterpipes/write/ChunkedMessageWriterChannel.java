package dagsterpipes.write;

import dagsterpipes.PipesException;
import dagsterpipes.PipesIoException;
import dagsterpipes.internal.Stderr;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.StoreUri;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Collects messages into numbered chunks on an object store; {@code
 * dagster_pipes.PipesBlobStoreMessageWriterChannel}, readable by Dagster's stock readers.
 *
 * <p>The first message ({@code opened}) is uploaded by the calling thread, so that a bucket without
 * access shows where the job opens its session. Everything later is uploaded by one daemon thread
 * of the channel's own: {@link #write} never waits for the network. When chunks leave is said in
 * {@link ChunkSettings}. A failed upload is tried again, longer and longer apart, with the same
 * number. {@link #close} waits for what is left, at most the close timeout; what is undelivered
 * then goes to stderr, line by line, with one notice that counts it. Thread-safe.
 */
public final class ChunkedMessageWriterChannel implements MessageWriterChannel {
  /** While closing: a store that refuses will not change its mind within the close timeout. */
  private static final int REFUSALS_AT_CLOSE = 3;

  private final ObjectStore store;
  private final ChunkUploader uploader;
  private final ChunkSettings settings;
  private final Backoff backoff = new Backoff();

  private final Object lock = new Object();
  private final ChunkQueue queue = new ChunkQueue();
  private List<String> inFlight = Collections.emptyList();
  private boolean closing;
  private boolean givenUp;
  private Thread thread;
  private long lastUploadNanos;
  private PipesException lastFault;

  /**
   * @param store owned by the channel from here on
   * @param keyPrefix where chunks lie, without a slash at its end; null: at the bucket's top
   */
  public ChunkedMessageWriterChannel(ObjectStore store, String keyPrefix, ChunkSettings settings) {
    this.store = store;
    this.uploader = new ChunkUploader(store, keyPrefix);
    this.settings = settings;
  }

  /**
   * Over a store of its own for {@code place}.
   *
   * @param keyPrefix below {@code place}; null or empty: chunks lie at the place itself
   */
  static ChunkedMessageWriterChannel open(
      StoreUri place, String keyPrefix, ChunkSettings settings) {
    return new ChunkedMessageWriterChannel(
        place.open(), place.below(keyPrefix == null ? "" : keyPrefix), settings);
  }

  @Override
  public void write(PipesMessage message) {
    synchronized (lock) {
      if (closing) {
        throw new PipesIoException("Cannot send message after the channel is closed.", false);
      }
      if (thread == null) {
        first(message);
        return;
      }
      queue.add(message, System.nanoTime());
      lock.notifyAll();
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closing) {
        return;
      }
      closing = true;
      lock.notifyAll();
    }
    if (thread != null) {
      waitForThread();
      reportUndelivered();
    }
    closeStore();
  }

  /** Here and now, under the lock: nothing else can be under way. */
  private void first(PipesMessage message) {
    try {
      lastUploadNanos = System.nanoTime();
      uploader.upload(Collections.singletonList(message.line()));
    } catch (PipesIoException e) {
      if (!e.retryable()) {
        throw e;
      }
      inFlight =
          Collections.singletonList(message.line()); // keeps its number; the thread goes on with it
      lastFault = e;
    }
    thread = new Thread(this::run, "dagster-pipes-chunks");
    thread.setDaemon(true); // a job that forgets to close must still be able to end
    thread.start();
  }

  private void run() {
    try {
      while (takeNext()) {
        deliver();
      }
    } catch (InterruptedException e) {
      // Closing gave up: what is left is reported there.
    }
  }

  /** Waits until a chunk is due. False when all is delivered and the session closes. */
  private boolean takeNext() throws InterruptedException {
    synchronized (lock) {
      while (true) {
        if (!inFlight.isEmpty()) {
          return true;
        }
        if (closing && queue.isEmpty()) {
          return false;
        }
        long waitNanos = queue.isEmpty() ? Long.MAX_VALUE : nanosUntilDue();
        if (waitNanos <= 0) {
          inFlight = queue.takeAll();
          return true;
        }
        if (waitNanos == Long.MAX_VALUE) {
          lock.wait();
        } else {
          TimeUnit.NANOSECONDS.timedWait(lock, waitNanos);
        }
      }
    }
  }

  private long nanosUntilDue() {
    if (closing || (settings.readerKeepsUp() && queue.urgent())) {
      return 0;
    }
    // A reader that keeps up bounds how old a line gets; one that does not bounds how often chunks
    // come.
    long since = settings.readerKeepsUp() ? queue.oldestNanos() : lastUploadNanos;
    return since + TimeUnit.MILLISECONDS.toNanos(settings.intervalMillis()) - System.nanoTime();
  }

  private void deliver() throws InterruptedException {
    int refusals = 0;
    while (true) {
      try {
        lastUploadNanos = System.nanoTime();
        uploader.upload(inFlight);
        synchronized (lock) {
          inFlight = Collections.emptyList();
          lastFault = null;
        }
        backoff.reset();
        return;
      } catch (Throwable e) {
        // Errors too: a class path without a class, or a moment without memory, must neither end
        // this thread without a word nor lose what waits.
        synchronized (lock) {
          PipesException fault =
              e instanceof PipesException
                  ? (PipesException) e
                  : new PipesException(String.valueOf(e), e);
          if (lastFault == null) {
            Stderr.notice(
                "cannot write "
                    + uploader.describeNext()
                    + " yet, trying again: "
                    + fault.getMessage());
          }
          lastFault = fault;
          boolean refused = e instanceof PipesIoException && !((PipesIoException) e).retryable();
          refusals = closing && refused ? refusals + 1 : 0;
          if (givenUp || refusals >= REFUSALS_AT_CLOSE) {
            throw new InterruptedException();
          }
          pause(backoff.nextMillis());
        }
      }
    }
  }

  /** Shortened by close, which wants to try at once; not by new messages. */
  private void pause(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    boolean wasClosing = closing;
    while (closing == wasClosing) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return;
      }
      TimeUnit.NANOSECONDS.timedWait(lock, left);
    }
  }

  private void waitForThread() {
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.closeTimeoutMillis());
    while (thread.isAlive()) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        break;
      }
      try {
        thread.join(left);
      } catch (InterruptedException e) {
        // The job is being stopped; its last messages are worth the wait all the more.
        interrupted = true;
      }
    }
    synchronized (lock) {
      givenUp = true;
    }
    thread.interrupt();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void reportUndelivered() {
    List<String> left;
    synchronized (lock) {
      left = new ArrayList<>(inFlight);
      left.addAll(queue.takeAll());
    }
    if (left.isEmpty()) {
      return;
    }
    Stderr.notice(
        left.size()
            + " message(s) could not be written to "
            + uploader.describeNext()
            + (lastFault == null ? " in time" : " (" + lastFault.getMessage() + ")")
            + "; they follow here, one a line. See TROUBLESHOOTING.md#message-channel");
    Stderr.messages(left);
  }

  private void closeStore() {
    try {
      store.close();
    } catch (IOException | RuntimeException e) {
      // Everything is delivered or reported by now: nothing a job should fail for.
      Stderr.notice("closing the message store failed: " + e);
    }
  }
}
