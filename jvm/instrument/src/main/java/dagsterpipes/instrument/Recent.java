package dagsterpipes.instrument;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that forgets its oldest entries: an event that says the end of something can be lost. */
final class Recent<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;

  private final int most;

  Recent(int most) {
    this.most = most;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
