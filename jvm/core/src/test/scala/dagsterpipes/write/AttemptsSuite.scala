package dagsterpipes.write

import java.util.OptionalInt

import dagsterpipes.errors.PipesIoException
import dagsterpipes.MemoryStore
import dagsterpipes.store.Presence
import dagsterpipes.write.Lines._

/** The prefix under which a second driver of the same application writes. */
class AttemptsSuite extends munit.FunSuite {
  private val first  = "container_1410901177871_0001_01_000005"
  private val second = "container_e17_1410901177871_0001_02_000001"
  private val third  = "container_1410901177871_0001_03_000001"

  /** A whole session of one attempt; the folder that its chunks are in. */
  private def session(store: MemoryStore, container: String = null, prefix: String = "p"): String = {
    val before = store.keys.size
    val channel = new ChunkedMessageWriterChannel(
      store,
      prefix,
      new ChunkSettings(1, true, 20000),
      Attempts.ofContainer(container),
      _ => null
    )
    channel.write(opened)
    channel.write(closed)
    channel.close()
    val keys    = store.keys.drop(before)
    val folders = keys.map(key => key.take(key.lastIndexOf('/') + 1)).distinct
    assertEquals(
      keys.map(_.split("/").last).distinct,
      keys.distinct.indices.map(i => s"${i + 1}.json").toList
    )
    assertEquals(folders.size, 1)
    folders.head
  }

  test("a writer that finds a first chunk writes under attempt-2, the next one under attempt-3") {
    val store = new MemoryStore("attempts")
    assertEquals((1 to 3).map(_ => session(store)).toList, List("p/", "p/attempt-2/", "p/attempt-3/"))
    assertEquals(store.keys.distinct, store.keys)
  }

  test("YARN's second attempt writes under attempt-2 though the first one left nothing") {
    assertEquals(session(new MemoryStore("yarn"), second), "p/attempt-2/")
  }

  test("an attempt that left nothing leaves no gap: YARN's third writes under attempt-2 then") {
    val store = new MemoryStore("gap")
    session(store, first)
    assertEquals(session(store, third), "p/attempt-2/")
  }

  test("who may not look writes as attempt 1, or as YARN's number says") {
    val expected = List[(String, String)](
      (null, "p/"),
      (first, "p/"),
      (second, "p/attempt-2/"),
      (third, "p/attempt-3/")
    )
    for ((container, folder) <- expected) {
      val store = new MemoryStore("blind")
      store.seen = Some(Presence.UNKNOWN)
      assertEquals(session(store, container), folder)
    }
  }

  test("chunks at the bucket's top have their attempts there") {
    val store = new MemoryStore("top")
    assertEquals((1 to 2).map(_ => session(store, prefix = null)).toList, List("", "attempt-2/"))
  }

  private def numbered(store: MemoryStore): ChunkedMessageWriterChannel =
    new ChunkedMessageWriterChannel(
      store,
      "p",
      new ChunkSettings(1, true, 20000, BufferSettings.defaults(), "k3f9a1"),
      OptionalInt.empty(),
      _ => null
    )

  test("of two processes that find the same folder free the second one writes into the next folder") {
    for (isBlind <- List(false, true)) {
      val store = new MemoryStore("race")
      // Both have looked before either writes; who may not look never knows.
      store.seen = Some(if (isBlind) Presence.UNKNOWN else Presence.ABSENT)
      val channels = (1 to 3).map(_ => numbered(store))
      channels.foreach(_.write(opened))
      channels.foreach(_.write(closed))
      channels.foreach(_.close())
      val folders = List("p/", "p/attempt-2/", "p/attempt-3/")
      assertEquals(
        store.keys.sorted,
        folders.flatMap(folder => List(s"${folder}1.json", s"${folder}2.json")).sorted
      )
      for ((folder, channel) <- folders.zip(channels); n <- List(1, 2))
        assert(store.chunk(s"$folder$n.json").forall(_.contains(channel.identity)))
    }
  }

  test("a session whose first answer was lost knows its own chunk, and goes on behind it") {
    val store = new MemoryStore("lost-answer")
    store.faultsAfter.add(new PipesIoException("the answer was lost", true))
    val channel = numbered(store)
    channel.write(opened)
    channel.write(closed)
    channel.close()
    assertEquals(store.keys, List("p/1.json", "p/2.json"))
  }

  test("a retry of the first chunk is no second attempt, though the store has it already") {
    val store = new MemoryStore("retry")
    store.faultsAfter.add(new PipesIoException("the answer was lost", true))
    assertEquals(session(store), "p/")
    assertEquals(store.keys.head, store.keys(1)) // written twice, with the same bytes
  }

  test("the attempt is the last number but one of YARN's container id, with or without epoch") {
    val ids =
      List(first, second, third, "container_e17_1410901177871_0001_12_000001").map(Attempts.ofContainer)
    assertEquals(ids, List(1, 2, 3, 12).map(OptionalInt.of(_)))
    for (
      other <- List(
        null,
        "",
        "3b1f9c",
        "container_1_2",
        "container_1_2_x_4",
        "pod_1_2_3_4",
        "container_a_1_2_3_4",
        "container_1410901177871_0001_00_000001"
      )
    )
      assertEquals(Attempts.ofContainer(other), OptionalInt.empty(), other)
  }
}
