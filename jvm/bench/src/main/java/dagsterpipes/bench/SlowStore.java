package dagsterpipes.bench;

import dagsterpipes.PipesContext;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.write.ChunkSettings;
import dagsterpipes.write.ChunkedMessageWriterChannel;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.concurrent.locks.LockSupport;

/**
 * What a job's heap holds while it logs faster than its store takes it.
 *
 * <p>Arguments: messages a second, seconds. Prints a line {@code USED_BYTES MESSAGES NANOSECONDS}
 * for each second to stdout, after a collection of the whole heap; then the session closes, and the
 * store is quick.
 */
public final class SlowStore implements ObjectStore {
  private static final long PUT_NANOS = 1_000_000_000;
  private static final int BATCH = 100;

  private volatile boolean isSlow = true;

  @Override
  public byte[] read(String key, int maxBytes) {
    throw new UnsupportedOperationException("nobody reads here");
  }

  @Override
  public void write(String key, byte[] body) {
    if (isSlow) {
      LockSupport.parkNanos(PUT_NANOS);
    }
  }

  @Override
  public String describe(String key) {
    return "slow:" + key;
  }

  @Override
  public void close() {}

  public static void main(String[] args) {
    int messagesASecond = Integer.parseInt(args[0]);
    int seconds = Integer.parseInt(args[1]);
    String text = Samples.text('x');
    SlowStore store = new SlowStore();
    ChunkSettings settings = new ChunkSettings(300, true, 60_000);
    try (PipesContext pipes =
        Samples.session(
            Collections.singletonMap("store", "slow"),
            params -> new ChunkedMessageWriterChannel(store, "run", settings))) {
      long began = System.nanoTime();
      long sent = 0;
      for (int second = 1; second <= seconds; second++) {
        while (sent < (long) messagesASecond * second) {
          for (int i = 0; i < BATCH; i++) {
            pipes.log().info(text);
          }
          sent += BATCH;
          long due = began + sent * 1_000_000_000L / messagesASecond;
          LockSupport.parkNanos(due - System.nanoTime());
        }
        System.gc();
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        System.out.println(used + " " + sent + " " + (System.nanoTime() - began));
      }
      store.isSlow = false;
    }
  }
}
