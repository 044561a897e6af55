package dagsterpipes

import java.nio.charset.StandardCharsets.UTF_8
import java.util.Optional
import java.util.concurrent.{ConcurrentHashMap, ConcurrentLinkedQueue, TimeUnit}

import scala.jdk.CollectionConverters._

import dagsterpipes.errors.PipesIoException
import dagsterpipes.store.{ObjectStore, ObjectStoreProvider, Presence}

/** Buckets in memory, found as real ones are, by their service file; buckets begin with `memory-`. */
object MemoryStores {
  private val stores = new ConcurrentHashMap[String, MemoryStore]

  def bucket(name: String): MemoryStore = stores.computeIfAbsent(name, new MemoryStore(_))

  /** The store that `scheme://authority` opens; one of S3 is a [[bucket]]. */
  def at(scheme: String, authority: String): MemoryStore =
    bucket(if (scheme == "s3") authority else s"$scheme://$authority")
}

final class MemoryStoreProvider extends ObjectStoreProvider {
  override def order(): Int = 1

  override def open(scheme: String, bucket: String): Optional[ObjectStore] =
    if (bucket.startsWith("memory-")) Optional.of(MemoryStores.at(scheme, bucket)) else Optional.empty()

  override def remedy(scheme: String): Optional[String] =
    if (scheme == "s3") Optional.of("Name a bucket of the suites.") else Optional.empty()
}

/** Fails when told to, and remembers the order of writes. */
final class MemoryStore(name: String) extends ObjectStore {
  private val objects = new ConcurrentHashMap[String, Array[Byte]]
  private val order   = new ConcurrentLinkedQueue[String]

  /** The exceptions of the next writes, one each. */
  val faults = new ConcurrentLinkedQueue[Throwable]

  /** The exceptions of the next writes that succeed anyway: the answer is lost. */
  val faultsAfter = new ConcurrentLinkedQueue[Throwable]

  /** The exceptions of the next reads, one each. */
  val readFaults = new ConcurrentLinkedQueue[Throwable]

  @volatile var faultForEver: Option[Throwable] = None
  @volatile var closed                          = false

  override def read(key: String, maxBytes: Int): Array[Byte] = {
    Option(readFaults.poll()).foreach(throw _)
    Option(objects.get(key))
      .getOrElse(throw new PipesIoException(s"${describe(key)} is not there", false))
      .take(maxBytes)
  }

  override def write(key: String, body: Array[Byte]): Unit = {
    Option(faults.poll()).orElse(faultForEver).foreach(throw _)
    objects.put(key, body)
    order.add(key)
    synchronized(notifyAll())
    Option(faultsAfter.poll()).foreach(throw _)
  }

  override def create(key: String, body: Array[Byte]): Boolean = {
    Option(faults.poll()).orElse(faultForEver).foreach(throw _)
    val isNew = objects.putIfAbsent(key, body) == null
    if (isNew) {
      order.add(key)
      synchronized(notifyAll())
      Option(faultsAfter.poll()).foreach(throw _)
    }
    isNew
  }

  /** The answer instead of the real one, for a process that may not look. */
  @volatile var seen: Option[Presence] = None

  /** The exception of every look. */
  @volatile var seenFault: Option[Throwable] = None

  override def presence(key: String): Presence = {
    seenFault.foreach(throw _)
    seen.getOrElse(if (objects.containsKey(key)) Presence.THERE else Presence.ABSENT)
  }

  override def describe(key: String): String = s"memory://$name/$key"

  override def close(): Unit = closed = true

  def put(key: String, body: String): Unit = objects.put(key, body.getBytes(UTF_8))

  def keys: List[String] = order.asScala.toList

  def chunk(key: String): List[String] =
    Option(objects.get(key)).map(new String(_, UTF_8).split("\n").toList).getOrElse(Nil)

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
