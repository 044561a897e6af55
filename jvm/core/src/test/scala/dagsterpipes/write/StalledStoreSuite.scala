package dagsterpipes.write

import java.util.OptionalInt
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicBoolean

import scala.collection.mutable.ListBuffer
import scala.concurrent.duration._
import scala.jdk.CollectionConverters._

import dagsterpipes.Session.captureStderr
import dagsterpipes.message.PipesMessage
import dagsterpipes.write.Lines._

/** A store that takes nothing for a while, or never again. */
class StalledStoreSuite extends munit.FunSuite {
  override val munitTimeout: Duration = 5.minutes

  /** For tests that start a JVM; `sbt check` skips them. */
  private val Process = new munit.Tag("Process")

  private val hour = 3600L * 1000

  private class Stalled(closeTimeout: Long, buffer: BufferSettings = BufferSettings.defaults()) {
    val chunks = new ListBuffer[String]
    val store  = new StalledStore(chunk => chunks.synchronized { chunks += chunk; chunks.notifyAll() })
    val channel = new ChunkedMessageWriterChannel(
      store,
      "p",
      new ChunkSettings(hour, true, closeTimeout, buffer, "k3f9a1"),
      OptionalInt.empty(),
      _ => null
    )
    channel.write(opened)

    def awaitLine(message: PipesMessage): Unit = chunks.synchronized {
      val end = System.nanoTime + 20L * 1000 * 1000 * 1000
      while (!lines.exists(_.startsWith(message.line.init))) {
        if (System.nanoTime > end) throw new AssertionError(s"not there within 20 s: $message")
        chunks.wait(100)
      }
    }

    def lines: List[String] = chunks.synchronized(chunks.toList).flatMap(_.split("\n"))
  }

  private def run(count: Int, spillBytes: Long, limit: String = ""): Map[String, String] = {
    val java = List(System.getProperty("java.home") + "/bin/java", "-Xmx256m", "-Djava.awt.headless=true")
    val program =
      java ::: List("-cp", System.getProperty("java.class.path"), "dagsterpipes.write.MillionMessages") :::
        List(count.toString, spillBytes.toString, tempDirectory().toString)
    val command =
      if (limit.isEmpty) program
      else List("bash", "-c", s"ulimit -f $limit && exec \"$$@\"", "limited") ::: program
    val process = new ProcessBuilder(command.asJava).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    val output  = new String(process.getInputStream.readAllBytes(), "UTF-8")
    assertEquals(process.waitFor(), 0, output)
    output.linesIterator.map(_.split("=", 2)).collect { case Array(k, v) => k -> v }.toMap
  }

  test(
    "1,000,000 messages against a stalled store under -Xmx256m: nothing is lost, in order, in full chunks"
      .tag(Process)
  ) {
    val got = run(1000000, 1L << 30)
    assertEquals(
      List("lines", "told", "dropped", "reports", "warnings", "inOrder", "numbered").map(got),
      List("1000002", "1000002", "0", "1000", "0", "true", "true")
    )
    assert(got("largestBytes").toInt <= ChunkQueue.MAX_CHUNK_BYTES, got.toString)
    assert(got("puts").toInt < 100, got.toString)
  }

  for (
    (name, spillBytes, limit) <- List(
      ("beyond the limit on disk", 16L << 20, ""),
      ("on a disk that takes 20 MB and then fails", 1L << 30, "20000") // of 1024 bytes each
    )
  )
    test(
      s"$name log lines are dropped and counted, in the log and in `closed`; every report is kept"
        .tag(Process)
    ) {
      val got = run(400000, spillBytes, limit)
      assertEquals(
        List("reports", "inOrder", "numbered", "warnings").map(got),
        List("400", "true", "true", "1")
      )
      assertEquals(got("told"), got("lines"))
      assert(got("dropped").toInt > 0)
      assertEquals(got("lines").toInt + got("dropped").toInt, 400002 + 1)
    }

  test("dropping is said on stderr once, in the log where it ends, and counted in `closed`") {
    val none = new BufferSettings(5000, 0, null)
    val s    = new Stalled(20000, none)
    s.store.stall()
    s.channel.write(report(1))
    s.store.awaitPuts(2)
    var taken = 0
    val (_, stderr) = captureStderr((1 to 40).foreach { i =>
      if (s.channel.write(log(s"$i-" + "x" * 400))) taken += 1
    })
    assertEquals(stderr.linesIterator.size, 1)
    assert(stderr.startsWith("[dagster-pipes] log lines are dropped from here on"), stderr)
    assert(!s.channel.write(log("short"))) // would fit, but in a gap whose place nobody could tell then
    assert(s.channel.write(report(2)))     // kept, and sends what waits as soon as the store is back
    s.store.recover()
    s.store.awaitPuts(3)
    s.awaitLine(report(2))
    s.channel.write(log("after"))
    s.channel.write(closed)
    s.channel.close()
    val texts  = s.lines.filter(method(_) == "log").map(text)
    val kept   = texts.takeWhile(_.contains("-x"))
    val warned = texts(kept.size)
    assertEquals(kept.size, taken)
    assertEquals(texts.drop(kept.size + 1), List("after"))
    assert(warned.startsWith(s"${41 - kept.size} log line(s) of this job were dropped here"), warned)
    assertEquals(params(s.lines.find(_.contains("were dropped here")).get).get("level"), "WARNING": Object)
    assertEquals(count(s.lines.last), Some((s.lines.size.toLong, 41L - kept.size)))
    assertEquals(s.lines.map(numberOf), (1 to s.lines.size).toList) // dropped lines take no number
  }

  test(
    "a put that never returns: close returns after its timeout, and what is undelivered stands on stderr"
  ) {
    for (stubborn <- List(false, true)) {
      val s = new Stalled(200)
      s.store.stall()
      s.store.uninterruptible = stubborn
      s.channel.write(report(1))
      s.store.awaitPuts(2)
      val (_, stderr) = captureStderr {
        s.channel.write(log("behind"))
        s.channel.write(closed)
        s.channel.close()
      }
      val lines = stderr.linesIterator.filterNot(_.startsWith("[dagster-pipes]")).toList
      assertEquals(lines.map(method), List("report_custom_message", "log", "closed"))
      assertEquals(lines.map(numberOf), List(2, 3, 4))
      assertEquals(count(lines.last), Some((4L, 0L)))
      s.store.recover()
    }
  }

  test("what waits on disk goes to stderr as well when the store never comes back") {
    val directory = tempDirectory()
    val s         = new Stalled(100, new BufferSettings(4096, 1 << 20, directory.toFile))
    s.store.stall()
    s.channel.write(report(1))
    s.store.awaitPuts(2)
    val (_, stderr) = captureStderr {
      (1 to 500).foreach(i => s.channel.write(log(s"line $i")))
      s.channel.write(closed)
      s.channel.close()
    }
    val lines = stderr.linesIterator.filterNot(_.startsWith("[dagster-pipes]")).toList
    assertEquals(lines.filter(method(_) == "log").map(text), (1 to 500).map(i => s"line $i").toList)
    assertEquals(lines.size, 502)
    s.store.recover()
  }

  test("at the end all that waits and `closed` go in one put, after the one that is under way") {
    val s = new Stalled(20000)
    s.store.stall()
    s.channel.write(report(1))
    s.store.awaitPuts(2)
    (1 to 1000).foreach(i => s.channel.write(log(s"line $i")))
    val closing = new Thread(() => { s.channel.write(closed); s.channel.close() })
    closing.start()
    s.store.recover()
    closing.join()
    assertEquals(s.chunks.map(_.split("\n").length).toList, List(1, 1, 1001))
    assert(s.store.closed)
  }

  test("a first put that hangs holds up the job's start, not its end") {
    val store   = new StalledStore(_ => ())
    val channel = new ChunkedMessageWriterChannel(store, "p", new ChunkSettings(hour, true, 100))
    store.stall()
    val opening = new Thread(() => channel.write(opened))
    opening.start()
    store.awaitPuts(1)
    val (_, stderr) = captureStderr(channel.close()) // as a shutdown hook does
    opening.join()
    assert(stderr.linesIterator.contains(opened.line), stderr)
  }

  test("a thread that Spark interrupts still opens, writes and closes, and stays interrupted") {
    val s           = new Stalled(20000)
    val interrupted = new AtomicBoolean
    val done        = new CountDownLatch(1)
    val thread = new Thread(() => {
      val store   = new StalledStore(chunk => s.chunks.synchronized { s.chunks += chunk; () })
      val channel = new ChunkedMessageWriterChannel(store, "q", new ChunkSettings(hour, true, 20000))
      Thread.currentThread().interrupt()
      List(opened, log("1"), closed).foreach(channel.write)
      channel.close()
      interrupted.set(Thread.interrupted())
      done.countDown()
    })
    thread.start()
    done.await()
    assert(interrupted.get)
    assertEquals(s.lines.drop(1).map(method), List("opened", "log", "closed"))
    s.channel.close()
  }
}
