package dagsterpipes.write;

import dagsterpipes.errors.PipesException;
import dagsterpipes.errors.PipesIoException;
import dagsterpipes.errors.SecondJobException;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.StoreUri;
import java.io.IOException;
import java.util.Collections;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Collects messages into numbered chunks on an object store; {@code
 * dagster_pipes.PipesBlobStoreMessageWriterChannel}, readable by Dagster's stock readers.
 *
 * <p>The channel has one daemon thread, which talks to the store. {@link #write} waits for it once,
 * with the first message ({@code opened}), so that a bucket without access shows where the job
 * opens its session; never later. {@link ChunkSettings} says when chunks leave, {@link Attempts}
 * decides under which prefix. A failed upload is retried with exponential backoff, with the same
 * number and bytes. The messages that wait meanwhile are bounded, see {@link MessageBuffer}. {@link
 * #close} waits for the delivery of the rest, at most the close timeout. Undelivered messages then
 * go to stderr, line by line, with one notice that counts them. Thread-safe.
 */
public final class ChunkedMessageWriterChannel implements MessageWriterChannel {
  /** A refusal of the first chunk that is gone by the third attempt was a role being changed. */
  static final int REFUSALS_AT_OPEN = 3;

  /** Longer than one request of either client takes until it gives up. */
  static final long OPEN_TIMEOUT_MILLIS = 60_000;

  /** While closing: credentials that rotate work again within seconds. */
  static final long REFUSED_AT_CLOSE_MILLIS = 10_000;

  /** For a thread that was told to stop. */
  private static final long LAST_WAIT_MILLIS = 1_000;

  private final ObjectStore store;
  private final String keyPrefix;
  private final ChunkUploader uploader;
  private final ChunkSettings settings;
  private final Backoff backoff = new Backoff();
  private final Object lock = new Object();
  private final LineNumbers numbers;
  private final MessageBuffer buffer;
  private Chunk inFlight;
  private Thread thread;
  // The first chunk has arrived, or will arrive later.
  private boolean opened;
  private Throwable refusal;
  private boolean closing;
  private boolean givenUp;
  private long lastUploadNanos;
  private PipesException lastFault;
  private final StopRequests stopRequests;

  /**
   * Takes over {@code store} and closes it at the end. Chunks lie below {@code keyPrefix}, which
   * has no slash at its end; null: at the bucket's top.
   */
  public ChunkedMessageWriterChannel(ObjectStore store, String keyPrefix, ChunkSettings settings) {
    this(store, keyPrefix, settings, Attempts.ofProcess(), System::getenv);
  }

  ChunkedMessageWriterChannel(
      ObjectStore store,
      String keyPrefix,
      ChunkSettings settings,
      OptionalInt attempt,
      UnaryOperator<String> environment) {
    this.store = store;
    this.keyPrefix = keyPrefix;
    this.uploader =
        new ChunkUploader(
            store,
            settings.placeOfChunks(keyPrefix),
            attempt.orElse(1),
            settings.runToken() != null,
            JobOfLaunch.of(settings.launch(), environment),
            keyPrefix);
    this.settings = settings;
    this.stopRequests = new StopRequests(store, keyPrefix, settings.stopPollIntervalMillis());
    String application = Attempts.applicationOf(environment.apply("CONTAINER_ID"));
    this.numbers = LineNumbers.of(settings.runToken(), attempt, application);
    this.buffer = new MessageBuffer(settings.buffer(), numbers);
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
  public boolean write(PipesMessage message) {
    synchronized (lock) {
      if (closing) {
        throw ClosedChannel.refuses(message);
      }
      refusal = null;
      int before = buffer.queue().chunks();
      boolean isTaken = buffer.add(message, System.nanoTime());
      if (thread == null) {
        thread = new Thread(this::run, "dagster-pipes-chunks");
        thread.setDaemon(true); // a job that forgets to close must still be able to end
        thread.start();
      }
      if (message.urgent() || buffer.queue().chunks() != before) {
        lock.notifyAll(); // not for every log line: the thread knows when to look again
      }
      if (!opened) {
        awaitFirst();
      }
      return isTaken;
    }
  }

  @Override
  public String identity() {
    return numbers.identity();
  }

  @Override
  public long waitingMessages() {
    synchronized (lock) {
      return buffer.queue().lines() + (inFlight == null ? 0 : inFlight.lines());
    }
  }

  @Override
  public void onStopRequest(Consumer<String> action) {
    synchronized (lock) {
      stopRequests.onRequest(action, !closing);
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closing) {
        return;
      }
      stopRequests.close();
      buffer.finish(System.nanoTime());
      closing = true;
      lock.notifyAll();
    }
    if (thread == null) {
      closeStore();
      return;
    }
    waitForThread();
    synchronized (lock) {
      try {
        reportUndelivered();
      } finally {
        buffer.queue().close();
      }
    }
  }

  /** Under the lock, which is free while this waits. */
  private void awaitFirst() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(OPEN_TIMEOUT_MILLIS);
    boolean interrupted = false;
    while (!opened && refusal == null && !closing) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        opened = true;
        Stderr.notice(uploader.describeNext() + " is not written yet, the job goes on");
      } else {
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
          interrupted = true; // kept for the job: a session without its beginning is worth nothing
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (refusal instanceof Error) {
      throw (Error) refusal;
    }
    if (refusal != null) {
      throw (RuntimeException) refusal;
    }
  }

  private void run() {
    try {
      boolean isOver = false;
      while (!isOver) {
        try {
          isOver = !takeNext();
          if (!isOver) {
            deliver();
          }
        } catch (OutOfMemoryError e) {
          synchronized (lock) {
            pause(backoff.nextMillis(closing)); // nothing is lost: what waits is where it was
          }
        }
      }
    } catch (InterruptedException e) {
      // Closing gave up: what is left is reported there.
    } finally {
      closeStore();
    }
  }

  /** Waits until a chunk is due. False when all is delivered and the session closes. */
  private boolean takeNext() throws InterruptedException {
    synchronized (lock) {
      ChunkQueue queue = buffer.queue();
      while (true) {
        if (givenUp) {
          throw new InterruptedException();
        }
        if (inFlight != null) {
          return true;
        }
        if (closing && queue.isEmpty()) {
          return false;
        }
        long waitNanos = queue.isEmpty() ? Long.MAX_VALUE : nanosUntilDue(queue);
        if (waitNanos == Long.MAX_VALUE) {
          lock.wait();
        } else if (waitNanos > 0) {
          TimeUnit.NANOSECONDS.timedWait(lock, waitNanos);
        } else {
          inFlight = queue.takeOrTell();
        }
      }
    }
  }

  private long nanosUntilDue(ChunkQueue queue) {
    if (closing || !opened || (settings.readerKeepsUp() && queue.firstIsReady())) {
      return 0;
    }
    // A reader that keeps up bounds a line's age, another one how often chunks come.
    long since = settings.readerKeepsUp() ? queue.oldestNanos() : lastUploadNanos;
    return since + TimeUnit.MILLISECONDS.toNanos(settings.intervalMillis()) - System.nanoTime();
  }

  /** Returns when the chunk in flight has arrived, or the session was refused with it. */
  private void deliver() throws InterruptedException {
    int refusals = 0;
    long refusedSinceNanos = 0;
    while (true) {
      try {
        lastUploadNanos = System.nanoTime();
        uploader.upload(inFlight);
        synchronized (lock) {
          inFlight = null;
          lastFault = null;
          opened = true;
          lock.notifyAll();
        }
        backoff.reset();
        return;
      } catch (Throwable e) {
        // Errors too: none may end this thread silently, or lose the messages that wait.
        synchronized (lock) {
          boolean canPass = e instanceof PipesIoException && ((PipesIoException) e).retryable();
          boolean refused = e instanceof PipesIoException && !canPass;
          if (refused && refusals++ == 0) {
            refusedSinceNanos = System.nanoTime();
          } else if (!refused) {
            refusals = 0;
          }
          if (!opened && !canPass && !closing && !(refused && refusals < REFUSALS_AT_OPEN)) {
            refuse(e);
            return;
          }
          if (e instanceof SecondJobException) {
            leave((SecondJobException) e);
          }
          if (givenUp || (closing && refused && isOver(refusedSinceNanos))) {
            lastFault = faultOf(e);
            throw new InterruptedException();
          }
          if (canPass && !opened) {
            opened = true;
            lock.notifyAll();
          }
          tell(e);
          pause(backoff.nextMillis(closing));
        }
      }
    }
  }

  private boolean isOver(long refusedSinceNanos) {
    long patience = Math.min(REFUSED_AT_CLOSE_MILLIS, settings.closeTimeoutMillis());
    return System.nanoTime() - refusedSinceNanos > TimeUnit.MILLISECONDS.toNanos(patience);
  }

  /** The first message is given back to who wrote it, by an exception. */
  private void refuse(Throwable e) {
    inFlight = null;
    buffer.reset();
    refusal = e instanceof RuntimeException || e instanceof Error ? e : faultOf(e);
    backoff.reset();
    lock.notifyAll();
  }

  /** Another job of this launch reports: nothing of this one may arrive. */
  private void leave(SecondJobException e) throws InterruptedException {
    inFlight = null;
    buffer.reset();
    stopRequests.request(e.getMessage());
    throw new InterruptedException();
  }

  private void tell(Throwable e) {
    PipesException fault = faultOf(e);
    if (opened && lastFault == null) {
      Stderr.notice(
          "cannot write " + uploader.describeNext() + " yet, trying again: " + fault.getMessage());
    }
    lastFault = opened ? fault : null;
  }

  private static PipesException faultOf(Throwable e) {
    return e instanceof PipesException
        ? (PipesException) e
        : new PipesException(String.valueOf(e), e);
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
    // A job that is interrupted is being stopped: its last messages are worth the wait.
    boolean interrupted = Joining.wait(thread, settings.closeTimeoutMillis());
    synchronized (lock) {
      givenUp = true;
    }
    thread.interrupt();
    interrupted |= Joining.wait(thread, Math.min(LAST_WAIT_MILLIS, settings.closeTimeoutMillis()));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One chunk at a time: what is on disk may be more than memory holds. */
  private void reportUndelivered() {
    ChunkQueue queue = buffer.queue();
    long left = waitingMessages();
    if (left == 0) {
      return;
    }
    Stderr.notice(
        left
            + " message(s) could not be written to "
            + uploader.describeNext()
            + (lastFault == null ? " in time" : " (" + lastFault.getMessage() + ")")
            + "; they follow here, one a line. "
            + Troubleshooting.see("message-channel"));
    Chunk next = inFlight;
    inFlight = null;
    while (next != null || !queue.isEmpty()) {
      if (next != null) {
        Stderr.messages(Collections.singletonList(next.text()));
      }
      next = queue.isEmpty() ? null : queue.takeOrTell();
    }
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
