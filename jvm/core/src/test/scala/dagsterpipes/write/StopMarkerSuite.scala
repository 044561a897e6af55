package dagsterpipes.write

import java.util.{Map => JMap}
import java.util.concurrent.{CopyOnWriteArrayList, LinkedBlockingQueue, TimeUnit}
import java.util.concurrent.atomic.AtomicInteger

import scala.jdk.CollectionConverters._

import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.MemoryStores
import dagsterpipes.store.{ObjectStore, Presence}
import dagsterpipes.write.Lines._

/** The object by which the orchestration side asks a job to end. */
class StopMarkerSuite extends munit.FunSuite {
  private def params(bucket: String, interval: Any): JMap[String, Object] = JMap.of(
    "bucket",
    bucket,
    "key_prefix",
    "p",
    "upload_interval_millis",
    Long.box(1),
    "stop_poll_interval_millis",
    interval.asInstanceOf[Object]
  )

  test("the reason that stands in PREFIX/stop reaches the session, once") {
    val store   = MemoryStores.bucket("memory-stop")
    val channel = new DefaultMessageWriter().open(params("memory-stop", 1L))
    val reasons = new LinkedBlockingQueue[String]
    channel.write(opened)
    channel.onStopRequest(reasons.add(_))
    store.put("p/stop", " the run was cancelled \n")
    assertEquals(reasons.poll(20, TimeUnit.SECONDS), "the run was cancelled")
    channel.write(closed)
    channel.close()
    assert(reasons.isEmpty)
    assertEquals(store.lines.map(method), List("opened", "closed"))
  }

  /** Remembers what it was asked for, and answers what it is told to. */
  private class AskedStore(answer: Int => Presence) extends ObjectStore {
    val asked = new LinkedBlockingQueue[String]
    val times = new AtomicInteger

    override def presence(key: String): Presence = {
      asked.add(key)
      answer(times.incrementAndGet())
    }

    override def read(key: String, maxBytes: Int): Array[Byte] = throw new UnsupportedOperationException
    override def write(key: String, body: Array[Byte]): Unit   = ()
    override def describe(key: String): String                 = key
    override def close(): Unit                                 = ()
  }

  test("nobody looks where the reader does not ask for it") {
    val store   = new AskedStore(_ => Presence.ABSENT)
    val channel = new ChunkedMessageWriterChannel(store, "p", new ChunkSettings(1, true, 20000))
    channel.write(opened)
    channel.onStopRequest(_ => ())
    channel.close()
    assertEquals(store.asked.asScala.toList, List("p/1.json"))
  }

  test("a request that fails is asked again; the thread ends with the channel") {
    val store = new AskedStore({
      case 1 => throw new PipesIoException("busy", true)
      case 2 => Presence.UNKNOWN
      case _ => Presence.ABSENT
    })
    val told   = new CopyOnWriteArrayList[String]
    val marker = new StopMarker(store, null, 1, told.add(_))
    marker.start()
    for (_ <- 1 to 4) assertEquals(store.asked.poll(20, TimeUnit.SECONDS), "stop")
    val threads = Thread.getAllStackTraces.keySet.asScala.filter(_.getName == "dagster-pipes-stop")
    assert(threads.nonEmpty)
    marker.close()
    threads.foreach(_.join(20000))
    assert(!threads.exists(_.isAlive))
    assert(told.isEmpty)
  }

  test("an interval that is none is refused") {
    val e = intercept[PipesException](new DefaultMessageWriter().open(params("memory-bad-stop", "5 s")))
    assert(e.getMessage.contains("`stop_poll_interval_millis`"), e.getMessage)
    assert(e.getMessage.contains("a whole number of milliseconds, at least 1"), e.getMessage)
  }
}
