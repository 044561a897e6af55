package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.util.{Map => JMap}

import dagsterpipes.Session._
import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.message.PipesMessage
import dagsterpipes.wire.PipesConf
import dagsterpipes.write._

/** Numbering, pace, retries and the end of the chunked channel. */
class ChunkSuite extends munit.FunSuite {
  private val opened = PipesMessage.of("opened", JMap.of())
  private val closed = PipesMessage.of("closed", JMap.of())
  private val report = PipesMessage.of("report_custom_message", JMap.of("payload", 1L))

  private def log(i: Int) = PipesMessage.of("log", JMap.of("message", s"m$i", "level", "INFO"))

  private def channel(store: MemoryStore, interval: Long, keepsUp: Boolean, closeTimeout: Long = 20000) =
    new ChunkedMessageWriterChannel(store, "p", new ChunkSettings(interval, keepsUp, closeTimeout))

  private val hour = 3600L * 1000

  test("the first message is chunk 1, there when the call returns") {
    val store = new MemoryStore("first")
    val c     = channel(store, hour, keepsUp = false)
    c.write(opened)
    assertEquals(store.keys, List("p/1.json"))
    c.close()
    assert(store.closed)
  }

  test("without a key prefix chunks lie at the top") {
    for (prefix <- List(null, "")) {
      val store = new MemoryStore("top")
      val c     = new ChunkedMessageWriterChannel(store, prefix, new ChunkSettings(1, true, 20000))
      c.write(opened)
      c.close()
      assertEquals(store.keys, List("1.json"))
    }
  }

  test("our reader: log lines wait for the interval, a report takes them along at once") {
    val store = new MemoryStore("ours")
    val c     = channel(store, hour, keepsUp = true)
    c.write(opened)
    c.write(log(1))
    c.write(log(2))
    assertEquals(store.keys, List("p/1.json"))
    c.write(report)
    store.awaitKeys(2)
    assertEquals(store.chunk("p/2.json"), List(log(1), log(2), report).map(_.line))
    c.close()
  }

  test("our reader: a log line leaves after the interval by itself") {
    val store = new MemoryStore("interval")
    val c     = channel(store, 30, keepsUp = true)
    c.write(opened)
    c.write(log(1))
    store.awaitKeys(2)
    assertEquals(store.chunk("p/2.json"), List(log(1).line))
    c.close()
  }

  test("stock reader: reports wait as well, and at close all that waits goes in one chunk") {
    val store = new MemoryStore("stock")
    val c     = channel(store, hour, keepsUp = false)
    val sent  = opened :: (1 to 40).map(log).toList ::: List(report, closed)
    sent.foreach(c.write)
    c.close()
    assertEquals(store.keys, List("p/1.json", "p/2.json"))
    assertEquals(store.lines, sent.map(_.line))
  }

  test("a fault that can pass is tried again under the same number, and nothing is skipped") {
    val store = new MemoryStore("retry")
    val c     = channel(store, 1, keepsUp = true)
    c.write(opened)
    (1 to 2).foreach(i => store.faults.add(new PipesIoException(s"503 ($i)", true)))
    val (_, stderr) = captureStderr {
      c.write(report)
      store.awaitKeys(2)
      c.write(closed)
      c.close()
    }
    assertEquals(store.lines, List(opened, report, closed).map(_.line))
    assertEquals(store.keys.distinct, store.keys)
    assertEquals(stderr, "[dagster-pipes] cannot write memory://retry/p/2.json yet, trying again: 503 (1)\n")
  }

  test("an Error of an upload, or any other Throwable, is said and tried again like a fault") {
    val store = new MemoryStore("errors")
    val c     = channel(store, 1, keepsUp = true)
    c.write(opened)
    List(new NoClassDefFoundError("a/B"), new OutOfMemoryError("heap"), new InterruptedException("sneaky"))
      .foreach(store.faults.add(_))
    val (_, stderr) = captureStderr {
      c.write(report)
      store.awaitKeys(2)
      c.close()
    }
    assertEquals(store.lines, List(opened, report).map(_.line))
    assertEquals(
      stderr,
      "[dagster-pipes] cannot write memory://errors/p/2.json yet, trying again: java.lang.NoClassDefFoundError: a/B\n"
    )
  }

  test("a fault of the first chunk that can pass does not fail the job") {
    val store = new MemoryStore("first-retry")
    store.faults.add(new PipesIoException("503", true))
    val c = channel(store, 1, keepsUp = true)
    c.write(opened)
    c.write(closed)
    c.close()
    assertEquals(store.lines, List(opened, closed).map(_.line))
  }

  test("a refused first chunk fails the opening of the session at once") {
    val bucket = MemoryStores.bucket("memory-refused")
    bucket.faultForEver = Some(new PipesIoException("403", false))
    val builder = Pipes
      .builder()
      .paramsLoader(loader(data(context()), JMap.of("bucket", "memory-refused", "key_prefix", "p")))
    assertEquals(intercept[PipesIoException](builder.open()).getMessage, "403")
    assert(bucket.closed)
  }

  test("what is undelivered at the end goes to stderr, counted, in order, one line each") {
    for (
      (fault, timeout) <- List(
        new PipesIoException("503", true)  -> 50L,
        new PipesIoException("403", false) -> 500L
      )
    ) {
      val store = new MemoryStore("lost")
      val c     = channel(store, hour, keepsUp = true, timeout)
      c.write(opened)
      store.faultForEver = Some(fault)
      val (_, stderr) = captureStderr {
        c.write(report)
        c.write(log(1))
        c.write(closed)
        c.close()
      }
      val (notices, lines) = stderr.linesIterator.toList.partition(_.startsWith("[dagster-pipes] "))
      assertEquals(lines, List(report, log(1), closed).map(_.line))
      assertEquals(
        notices.last,
        s"[dagster-pipes] 3 message(s) could not be written to memory://lost/p/2.json (${fault.getMessage}); they follow" +
          s" here, one a line. See $PAGE_URL#message-channel"
      )
      assert(store.closed)
    }
  }

  test("no thread is left after close, and the channel's thread does not keep a JVM alive") {
    def ours =
      Thread.getAllStackTraces.keySet.toArray(Array.empty[Thread]).filter(_.getName == "dagster-pipes-chunks")
    val c = channel(new MemoryStore("threads"), hour, keepsUp = true)
    c.write(opened)
    assert(ours.nonEmpty && ours.forall(_.isDaemon))
    c.close()
    ours.foreach(_.join(10000))
    assertEquals(ours.toList, Nil)
  }

  test("bucket and key_prefix open chunks, in the pace that the reader asked for") {
    val bucket = MemoryStores.bucket("memory-open")
    val params = JMap.of[String, Object](
      "bucket",
      "memory-open",
      "key_prefix",
      "run/x",
      "upload_interval_millis",
      Long.box(300)
    )
    val pipes = Pipes.builder().paramsLoader(loader(data(context()), params)).open()
    pipes.reportAssetMaterialization()
    bucket.awaitKeys(2)
    pipes.close()
    assertEquals(bucket.keys.take(2), List("run/x/1.json", "run/x/2.json"))
    assertEquals(
      bucket.lines.map(obj(_).get("method")),
      List[Object]("opened", "report_asset_materialization", "closed")
    )
  }

  test("an interval that is no whole number is refused") {
    val params = JMap.of[String, Object]("bucket", "memory-open", "upload_interval_millis", "300")
    assertEquals(
      intercept[PipesException](new DefaultMessageWriter().open(params)).getMessage,
      "Invalid value for parameter `upload_interval_millis` of `Pipes.open`. Expected a whole number of milliseconds, at" +
        " least 1, got a string, sent by the orchestration side. Let the message reader yield such a number, or leave the key out. See" +
        s" $PAGE_URL#message-channel"
    )
  }

  test("the conf key of the interval overrides what the reader asked for") {
    System.setProperty(PipesConf.UPLOAD_INTERVAL_MILLIS, "5")
    try {
      val bucket = MemoryStores.bucket("memory-conf")
      val c      = new DefaultMessageWriter().open(JMap.of("bucket", "memory-conf", "key_prefix", "p"))
      c.write(opened)
      c.write(report)
      bucket.awaitKeys(2)
      c.close()
    } finally System.clearProperty(PipesConf.UPLOAD_INTERVAL_MILLIS)
  }

  test("a bucket that nothing can reach is an error that names every remedy") {
    val message =
      intercept[PipesException](new DefaultMessageWriter().open(JMap.of("bucket", "real"))).getMessage
    assertEquals(
      message,
      "Invalid value for parameter `bucket` of `Pipes.open`. Expected a bucket that this process has the classes to" +
        " reach, got `s3://real`, sent by the orchestration side. Name a bucket of the suites. See" +
        s" $PAGE_URL#s3-store"
    )
  }
}
