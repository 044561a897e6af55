package dagsterpipes

import java.nio.charset.StandardCharsets.UTF_8
import java.util.Optional
import java.util.concurrent.{ConcurrentHashMap, ConcurrentLinkedQueue, TimeUnit}

import scala.jdk.CollectionConverters._

import dagsterpipes.store.{ObjectStore, ObjectStoreProvider}

/** Buckets in memory, found as real ones are, by their service file; buckets begin with `memory-`. */
object MemoryStores {
  private val stores = new ConcurrentHashMap[String, MemoryStore]

  def bucket(name: String): MemoryStore = stores.computeIfAbsent(name, new MemoryStore(_))
}

final class MemoryStoreProvider extends ObjectStoreProvider {
  override def order(): Int = 1

  override def open(scheme: String, bucket: String): Optional[ObjectStore] =
    if (bucket.startsWith("memory-")) Optional.of(MemoryStores.bucket(bucket)) else Optional.empty()

  override def remedy(): String = "Name a bucket of the suites."
}

/** Fails when told to, and remembers the order of writes. */
final class MemoryStore(name: String) extends ObjectStore {
  private val objects = new ConcurrentHashMap[String, String]
  private val order   = new ConcurrentLinkedQueue[String]

  /** The exceptions of the next writes, one each. */
  val faults = new ConcurrentLinkedQueue[Throwable]

  @volatile var faultForEver: Option[Throwable] = None
  @volatile var closed                          = false

  override def read(key: String): Array[Byte] =
    Option(objects.get(key))
      .getOrElse(throw new PipesIoException(s"${describe(key)} is not there", false))
      .getBytes(UTF_8)

  override def write(key: String, body: Array[Byte]): Unit = {
    Option(faults.poll()).orElse(faultForEver).foreach(throw _)
    objects.put(key, new String(body, UTF_8))
    order.add(key)
    synchronized(notifyAll())
  }

  override def describe(key: String): String = s"memory://$name/$key"

  override def close(): Unit = closed = true

  def put(key: String, body: String): Unit = objects.put(key, body)

  def keys: List[String] = order.asScala.toList

  def chunk(key: String): List[String] = Option(objects.get(key)).map(_.split("\n").toList).getOrElse(Nil)

  def lines: List[String] = keys.flatMap(chunk)

  /** Waits for the writer's thread, without a fixed sleep. */
  def awaitKeys(count: Int): Unit = synchronized {
    val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20)
    while (order.size < count) {
      val left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())
      if (left <= 0) throw new AssertionError(s"$count chunks expected within 20 s, got $keys")
      wait(left)
    }
  }
}
