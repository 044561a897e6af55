package dagsterpipes.write

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.util.OptionalInt

import dagsterpipes.MemoryStore
import dagsterpipes.errors.{PipesIoException, SecondJobException}
import dagsterpipes.store.ObjectStore
import dagsterpipes.write.Lines._

/** Two jobs of one launch: the second one ends before it writes. */
class JobOfLaunchSuite extends munit.FunSuite {
  private val step   = Map("EMR_STEP_ID" -> "s-1")
  private val driver = Map("CONTAINER_ID" -> "container_e17_1410901177871_0001_01_000001")

  private def channel(store: ObjectStore, environment: Map[String, String], launch: String = "l") =
    new ChunkedMessageWriterChannel(
      store,
      "p",
      new ChunkSettings(1, true, 20000, BufferSettings.defaults(), null, null, null, launch),
      OptionalInt.empty(),
      (name: String) => environment.getOrElse(name, null)
    )

  private def session(store: ObjectStore, environment: Map[String, String], launch: String = "l"): Unit = {
    val opening = channel(store, environment, launch)
    try {
      opening.write(opened)
      opening.write(closed)
    } finally opening.close()
  }

  test("the first job notes itself before its first chunk") {
    val store = new MemoryStore("first")
    session(store, step ++ driver)
    assertEquals(store.keys.head, "p/job")
    assertEquals(
      store.chunk("p/job"),
      List("""{"step":"s-1","application":"application_1410901177871_0001","launch":"l"}""")
    )
  }

  for (
    (first, second) <- List(
      step   -> Map("EMR_STEP_ID" -> "s-2"),
      driver -> Map("CONTAINER_ID" -> "container_e17_1410901177871_0002_01_000001")
    )
  )
    test(s"another job of the launch ends where it opens its session, and has written nothing: $second") {
      val store = new MemoryStore("second")
      session(store, first)
      val before = store.keys
      val e      = intercept[SecondJobException](session(store, second))
      assert(e.getMessage.contains("This job is the second one of its launch"), e.getMessage)
      assert(e.getMessage.endsWith(s"See $PAGE_URL#second-job"), e.getMessage)
      assertEquals(store.keys, before)
    }

  test("sessions and attempts of the job pass, also where they know it by another id") {
    val store = new MemoryStore("same")
    session(store, step)
    session(store, step)
    session(store, driver)
    session(store, Map("CONTAINER_ID" -> "container_e17_1410901177871_0001_02_000004"))
    assertEquals(store.keys.count(_ == "p/job"), 1)
    assertEquals(store.keys.count(_.endsWith("1.json")), 4)
  }

  test("a job that nobody can tell apart, and a reader that does not ask, write no such object") {
    val store = new MemoryStore("unknown")
    session(store, Map.empty)
    session(store, step, launch = null)
    assert(!store.keys.contains("p/job"))
  }

  test("an answer that was lost does not make a job the second one of itself") {
    val store = new MemoryStore("lost")
    store.faultsAfter.add(new PipesIoException("no answer", true))
    session(store, step)
    assertEquals(store.keys, List("p/job", "p/1.json", "p/2.json"))
  }

  test("an object that says nothing ends nobody") {
    val store = new MemoryStore("damaged")
    store.put("p/job", "}{")
    session(store, step)
    assertEquals(store.keys, List("p/1.json", "p/2.json"))
  }

  test("a job that learns it only after its session has opened is asked to stop, and writes nothing") {
    val store = new MemoryStore("late")
    session(store, step)
    val before = store.keys
    store.seenFault = Some(new PipesIoException("no answer", true))
    val late  = channel(store, Map("EMR_STEP_ID" -> "s-2"))
    val asked = new java.util.concurrent.LinkedBlockingQueue[String]
    late.write(opened)
    late.onStopRequest(why => asked.add(why))
    store.seenFault = None
    val why = asked.poll(20, java.util.concurrent.TimeUnit.SECONDS)
    assert(why != null && why.contains("the second one of its launch"), why)
    late.close()
    assertEquals(store.keys, before)
  }

  test(
    "a job reads its object back if the store looks and then writes, and ends if another job has overwritten it"
  ) {
    val memory = new MemoryStore("plain")
    val store = new ObjectStore {
      override def read(key: String, maxBytes: Int): Array[Byte] = memory.read(key, maxBytes)
      override def write(key: String, body: Array[Byte]): Unit   = memory.write(key, body)
      override def create(key: String, body: Array[Byte]): Boolean = {
        memory.put(key, if (key == "p/job") """{"step":"s-2","launch":"l"}""" else new String(body, "UTF-8"))
        true
      }
      override def describe(key: String): String = memory.describe(key)
      override def close(): Unit                 = memory.close()
    }
    val e = intercept[SecondJobException](session(store, step))
    assert(e.getMessage.contains("got `s-2`"), e.getMessage)
    session(store, Map("EMR_STEP_ID" -> "s-2"))
  }
}
