package dagsterpipes.instrument;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A map that forgets its oldest entries: an event that says the end of something can be lost. Who
 * does not find a key takes it for something that was never seen. For one thread.
 */
final class Recent<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;

  private final int most;

  /**
   * @param most entries that are kept
   */
  Recent(int most) {
    this.most = most;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
