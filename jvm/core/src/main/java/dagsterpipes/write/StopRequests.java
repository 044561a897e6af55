package dagsterpipes.write;

import dagsterpipes.store.ObjectStore;
import java.util.function.Consumer;

/**
 * Asks the process to end: for a {@link StopMarker} beside the chunks, or because the store names
 * another job of the launch.
 *
 * <p>Lifecycle: one for each channel; {@link #close} ends the polling. For one thread at a time:
 * its channel calls it under its lock.
 */
final class StopRequests {
  private final ObjectStore store;
  private final String keyPrefix;
  private final Long pollIntervalMillis;
  private StopMarker marker;
  private Consumer<String> action;
  // A reason that came before the action.
  private String reason;

  /**
   * @param pollIntervalMillis null: no marker is polled for
   */
  StopRequests(ObjectStore store, String keyPrefix, Long pollIntervalMillis) {
    this.store = store;
    this.keyPrefix = keyPrefix;
    this.pollIntervalMillis = pollIntervalMillis;
  }

  /**
   * @param ending gets the reason, in another thread
   * @param isOpen whether a marker may still be polled for
   */
  void onRequest(Consumer<String> ending, boolean isOpen) {
    action = ending;
    tell();
    if (isOpen && marker == null && pollIntervalMillis != null) {
      marker = new StopMarker(store, keyPrefix, pollIntervalMillis, ending);
      marker.start();
    }
  }

  void request(String why) {
    reason = why;
    tell();
  }

  void close() {
    if (marker != null) {
      marker.close();
    }
  }

  /** In a thread of its own, because the end of the process waits for the channel. */
  private void tell() {
    if (reason != null && action != null) {
      String why = reason;
      Consumer<String> ending = action;
      reason = null;
      Thread stopping = new Thread(() -> ending.accept(why), "dagster-pipes-second-job");
      stopping.setDaemon(true);
      stopping.start();
    }
  }
}
