package dagsterpipes.internal;

import java.util.function.Supplier;

/**
 * Marks what a thread does for the channel, so that what is printed or logged meanwhile is never
 * sent through that same channel: each such line would bring forth the next.
 *
 * <p>Threads that are started meanwhile belong to the channel as well (the uploader, the pools of
 * Hadoop's and AWS' clients) and inherit the mark. Thread-safe: each thread sees its own.
 */
public final class OwnWork {
  private static final ThreadLocal<Integer> DEPTH = new InheritableThreadLocal<>();

  private OwnWork() {}

  /** Begins; nests. Ends with {@link #leave}, in a {@code finally}. */
  public static void enter() {
    Integer depth = DEPTH.get();
    DEPTH.set(depth == null ? 1 : depth + 1);
  }

  /** Ends what the last {@link #enter} of this thread began. */
  public static void leave() {
    int depth = DEPTH.get() - 1;
    if (depth == 0) {
      DEPTH.remove();
    } else {
      DEPTH.set(depth);
    }
  }

  /** What {@code work} gives; the threads that it starts belong to the channel. */
  public static <T> T of(Supplier<T> work) {
    enter();
    try {
      return work.get();
    } finally {
      leave();
    }
  }

  /** Whether the calling thread works for the channel now. */
  public static boolean isOn() {
    return DEPTH.get() != null;
  }
}
