package dagsterpipes.write

import java.nio.charset.StandardCharsets.US_ASCII
import java.util.concurrent.atomic.AtomicInteger

import dagsterpipes.store.{ObjectStore, Presence}

/** A store whose puts never return while it is stalled. Hands each chunk to `received` and forgets it. */
final class StalledStore(received: String => Unit) extends ObjectStore {
  private val lock              = new Object
  @volatile var stalled         = false
  @volatile var uninterruptible = false
  val puts                      = new AtomicInteger
  @volatile var largestBytes    = 0
  @volatile var closed          = false

  def stall(): Unit = stalled = true

  def recover(): Unit = lock.synchronized { stalled = false; lock.notifyAll() }

  override def presence(key: String): Presence = Presence.ABSENT

  override def read(key: String, maxBytes: Int): Array[Byte] = throw new UnsupportedOperationException

  override def write(key: String, body: Array[Byte]): Unit = {
    puts.incrementAndGet()
    lock.synchronized {
      lock.notifyAll()
      while (stalled)
        try lock.wait()
        catch { case e: InterruptedException => if (!uninterruptible) throw new RuntimeException(e) }
    }
    largestBytes = largestBytes.max(body.length)
    received(new String(body, US_ASCII))
  }

  /** Waits until a put hangs. */
  def awaitPuts(count: Int): Unit = lock.synchronized {
    val end = System.nanoTime + 20L * 1000 * 1000 * 1000
    while (puts.get < count) {
      if (System.nanoTime > end)
        throw new AssertionError(s"$count puts expected within 20 s, got ${puts.get}")
      lock.wait(100)
    }
  }

  override def describe(key: String): String = s"stalled://$key"

  override def close(): Unit = closed = true
}
