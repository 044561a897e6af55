package dagsterpipes.internal;

import java.util.function.Supplier;

/**
 * Marks a thread while it works for the channel. Text that it prints or logs meanwhile is never
 * sent through that same channel: each such line would cause the next one.
 *
 * <p>Threads that are started meanwhile belong to the channel as well (the uploader, the pools of
 * the clients of Hadoop and AWS) and inherit the mark. Thread-safe: each thread sees its own.
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

  /** The result of {@code work}; the threads that it starts belong to the channel. */
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
