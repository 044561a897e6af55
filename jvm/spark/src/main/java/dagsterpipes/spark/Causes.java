package dagsterpipes.spark;

import java.util.ArrayList;
import java.util.List;

/** A throwable and its causes, outermost first; a chain that comes round to itself ends. */
final class Causes {
  private static final int DEEPEST = 20;

  private Causes() {}

  static List<Throwable> of(Throwable e) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable cause = e; cause != null && chain.size() < DEEPEST; cause = cause.getCause()) {
      chain.add(cause);
    }
    return chain;
  }
}
