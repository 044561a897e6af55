package dagsterpipes.write;

import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.Presence;
import dagsterpipes.wire.MessagesParams;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Looks for the object {@code KEY_PREFIX/stop}, with which the orchestration side asks a job to end
 * where the platform does not: cancelling an EMR step leaves its application on YARN running.
 *
 * <p>It lies beside the first attempt's chunks, and stops every attempt. The object's text is the
 * reason. Made for readers that send {@code "stop_poll_interval_millis"}; costs one small request
 * each time. One daemon thread, from {@link #start} to {@link #close}. A failed request is no
 * reason to stop; the thread retries it.
 */
final class StopMarker {
  private static final int SHOWN_CHARACTERS = 500;
  private static final int MAX_REASON_BYTES = 4 * SHOWN_CHARACTERS;

  private final ObjectStore store;
  private final String key;
  private final long intervalMillis;
  private final Consumer<String> onStop;
  private final Thread thread = new Thread(this::run, "dagster-pipes-stop");
  private volatile boolean closed;

  /**
   * @param keyPrefix null or empty: at the bucket's top
   * @param onStop called once at most, in the marker's thread, with the reason
   */
  StopMarker(ObjectStore store, String keyPrefix, long intervalMillis, Consumer<String> onStop) {
    this.store = store;
    this.key =
        keyPrefix == null || keyPrefix.isEmpty()
            ? MessagesParams.STOP
            : keyPrefix + "/" + MessagesParams.STOP;
    this.intervalMillis = intervalMillis;
    this.onStop = onStop;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    while (!closed) {
      String reason = look();
      if (reason != null && !closed) {
        onStop.accept(reason);
        return;
      }
      try {
        Thread.sleep(intervalMillis);
      } catch (InterruptedException e) {
        // Closed, or one of a client's own interruptions: the loop tells.
      }
    }
  }

  /** Null while it does not exist. */
  private String look() {
    try {
      if (store.presence(key) != Presence.THERE) {
        return null;
      }
      String text = new String(store.read(key, MAX_REASON_BYTES), StandardCharsets.UTF_8).trim();
      return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS);
    } catch (RuntimeException | Error e) {
      return null;
    }
  }
}
