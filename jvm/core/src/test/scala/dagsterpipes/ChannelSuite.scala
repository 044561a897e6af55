package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.file.{Files, Path}
import java.util.{Map => JMap}
import java.util.concurrent.{CountDownLatch, Executors, TimeUnit}

import scala.jdk.CollectionConverters._

import dagsterpipes.Session._
import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.message.PipesMessage
import dagsterpipes.write._

/** The cases that every channel must pass, run against each of them, and the cases of one channel. */
class ChannelSuite extends munit.FunSuite {

  /** A channel, and the lines that its reader sees once it is closed. */
  private case class Way(name: String, open: () => (MessageWriterChannel, () => List[String]))

  private def overStream(make: PrintStream => MessageWriterChannel) = () => {
    val bytes = new ByteArrayOutputStream
    (make(new PrintStream(bytes, false, "UTF-8")), () => bytes.toString("UTF-8").linesIterator.toList)
  }

  private def tempFile(): Path = {
    val file = Files.createTempFile("channel", ".jsonl")
    file.toFile.deleteOnExit()
    file
  }

  private val ways = List(
    Way(
      "file",
      () => {
        val file = tempFile()
        (new FileMessageWriterChannel(file.toString), () => Files.readAllLines(file).asScala.toList)
      }
    ),
    Way("stream", overStream(new StreamMessageWriterChannel(_))),
    Way("buffered stream", overStream(new BufferedStreamMessageWriterChannel(_))),
    Way(
      "chunks, our reader",
      () => {
        val store = new MemoryStore("ours")
        (new ChunkedMessageWriterChannel(store, "p", new ChunkSettings(5, true, 20000)), () => store.lines)
      }
    ),
    Way(
      "chunks, stock reader",
      () => {
        val store = new MemoryStore("stock")
        (
          new ChunkedMessageWriterChannel(store, "p", new ChunkSettings(10000, false, 20000)),
          () => store.lines
        )
      }
    ),
    Way(
      "chunks in a local directory",
      () => {
        val dir = Files.createTempDirectory("channel")
        val params =
          JMap.of[String, Object]("uri", s"file://$dir/run", "upload_interval_millis", Long.box(5))
        (new DefaultMessageWriter().open(params), () => chunkLines(dir.resolve("run")))
      }
    )
  )

  /** 1.json, 2.json, ... to the first that is missing; there may be no other file. */
  private def chunkLines(dir: Path): List[String] = {
    val chunks = Iterator.from(1).map(n => dir.resolve(s"$n.json")).takeWhile(Files.exists(_)).toList
    if (Files.exists(dir)) assertEquals(dir.toFile.list.length, chunks.size)
    chunks.flatMap(Files.readAllLines(_).asScala)
  }

  private def log(text: String) = PipesMessage.of("log", JMap.of("message", text, "level", "INFO"))

  for (Way(name, open) <- ways) {
    test(s"$name: messages arrive whole and in order") {
      val (channel, lines) = open()
      val sent             = (1 to 200).map(i => log(s"line $i\nof größe \ud83d\ude80"))
      sent.foreach(channel.write)
      channel.close()
      assertEquals(lines(), sent.map(_.line).toList)
    }

    test(s"$name: closing twice does nothing, closing without a message writes nothing") {
      val (channel, lines) = open()
      channel.close()
      channel.close()
      assertEquals(lines(), Nil)
    }

    for ((size, characters, count) <- List(("20 kB", 20000, 50), ("5 MB", 5000000, 1)))
      test(s"$name: 16 threads with messages of $size give intact lines, each once, each thread's in order") {
        val (channel, lines) = open()
        val pool             = Executors.newFixedThreadPool(16)
        val start            = new CountDownLatch(1)
        val filling          = "0123456789" * (characters / 10)
        for (thread <- 0 until 16) pool.submit(new Runnable {
          override def run(): Unit = {
            start.await()
            for (i <- 0 until count) channel.write(log(s"$thread:$i:$filling"))
          }
        })
        start.countDown()
        pool.shutdown()
        assert(pool.awaitTermination(60, TimeUnit.SECONDS))
        channel.close()
        val texts = lines().map { line =>
          val text = obj(line).get("params").asInstanceOf[JMap[String, String]].get("message").split(":")
          assert(text(2) == filling) // not assertEquals, which would show them
          (text(0), text(1).toInt)
        }
        assertEquals(texts.size, 16 * count)
        assertEquals(texts.map(_._1).toSet.size, 16)
        for ((_, ofThread) <- texts.groupBy(_._1)) assertEquals(ofThread.map(_._2), (0 until count).toList)
      }
  }

  test("file: what was there stays, and a file that disappears is made again") {
    val file = tempFile()
    Files.writeString(file, "before\n")
    val channel = new FileMessageWriterChannel(file.toString)
    channel.write(log("1"))
    assertEquals(Files.readAllLines(file).asScala.toList, List("before", log("1").line))
    Files.delete(file)
    val report = PipesMessage.ofLine("report_custom_message", "{}") // log lines check only once in 20 ms
    channel.write(report)
    channel.close()
    assertEquals(Files.readAllLines(file).asScala.toList, List(report.line))
  }

  test("file: one that cannot be made again now is opened by the first write that can") {
    val dir     = Files.createTempDirectory("channel")
    val file    = dir.resolve("messages.jsonl")
    val channel = new FileMessageWriterChannel(file.toString)
    Files.delete(file)
    Files.delete(dir)
    for (_ <- 1 to 2) {
      val e = intercept[PipesIoException](channel.write(log("lost")))
      assert(e.getMessage.contains("Expected a file that this process can append to"), e.getMessage)
    }
    Files.createDirectory(dir)
    Files.createFile(file) // not by the channel: the file exists, the channel's stream does not
    channel.write(log("1"))
    channel.close()
    assertEquals(Files.readAllLines(file).asScala.toList, List(log("1").line))
    assertEquals(
      intercept[PipesIoException](channel.write(log("2"))).getMessage,
      "Cannot send message after the channel is closed. Expected an open channel, got a message `log`, passed by this job." +
        s" Report before the session is closed. See $PAGE_URL#not-closed"
    )
    Files.delete(file)
    Files.delete(dir)
  }

  test("file: an interrupted thread still writes") {
    val file    = tempFile()
    val channel = new FileMessageWriterChannel(file.toString)
    Thread.currentThread().interrupt()
    channel.write(log("1"))
    assert(Thread.interrupted())
    channel.write(log("2"))
    channel.close()
    assertEquals(Files.readAllLines(file).size, 2)
  }

  test("file: one that cannot be opened is named with what to do") {
    assertEquals(
      intercept[PipesIoException](new FileMessageWriterChannel("/no/such/dir/messages")).getMessage,
      "Invalid value for parameter `path` of `Pipes.open`. Expected a file that this process can append to, got" +
        " /no/such/dir/messages (No such file or directory), sent by the orchestration side. The file is on the machine" +
        " that runs Dagster: a process on another machine needs a message reader that both reach, S3 for example. See" +
        s" $PAGE_URL#message-channel"
    )
  }

  test("stream: a message is there at once; buffered: only at close") {
    val (direct, lines) = ways(1).open()
    direct.write(log("x"))
    assertEquals(lines().size, 1)
    val (buffered, later) = ways(2).open()
    buffered.write(log("x"))
    assertEquals(later().size, 0)
    buffered.close()
    assertEquals(later().size, 1)
  }

  test("stream: a broken one is an error, not silence") {
    val broken = new PrintStream((_: Int) => throw new java.io.IOException("gone"))
    assertEquals(
      intercept[PipesIoException](new StreamMessageWriterChannel(broken).write(log("x"))).getMessage,
      "Invalid value for parameter `stdio` of `Pipes.open`. Expected a stream that takes the message, got a stream that" +
        " is closed or broken, sent by the orchestration side. Keep stdout and stderr open to the end of the job, and" +
        s" the process that reads them running. See $PAGE_URL#message-channel"
    )
  }

  test("the parameters choose the channel; buffered_stdio opens as well") {
    for (key <- List("stdio", "buffered_stdio")) {
      val ((), out) = captureStdout {
        val channel = new DefaultMessageWriter().open(JMap.of(key, "stdout", "unknown", "ignored"))
        // The job may replace System.out later: no message is lost.
        captureStdout(channel.write(log("x")))
        channel.close()
      }
      assertEquals(out, log("x").line + "\n")
      val ((), err) = captureStderr {
        val channel = new DefaultMessageWriter().open(JMap.of(key, "stderr"))
        channel.write(log("x"))
        channel.close()
      }
      assertEquals(err, log("x").line + "\n")
    }
  }

  test("a stream of another name is refused") {
    assertEquals(
      intercept[PipesException](new DefaultMessageWriter().open(JMap.of("stdio", "std"))).getMessage,
      "Invalid value for parameter `stdio` of `Pipes.open`. Expected `stderr` or `stdout`, got `std`, sent by the" +
        s" orchestration side. Let the message reader yield one of the two. See $PAGE_URL#message-channel"
    )
  }

  test("parameters that no channel is for are refused with their keys, never with their values") {
    assertEquals(
      intercept[PipesException](new DefaultMessageWriter().open(JMap.of("sas_token", "hunter2"))).getMessage,
      "Invalid params for `DefaultMessageWriter`, a parameter of `Pipes.open`. Expected key `path`, `stdio`," +
        " `buffered_stdio`, `uri`, or `bucket` with `key_prefix`, got the keys [sas_token], sent by the orchestration side. The" +
        " orchestration side's message reader may expect another message writer: pass it with" +
        s" Pipes.builder().messageWriter(...). See $PAGE_URL#message-channel"
    )
  }

  test("a parameter of the wrong type is refused in dagster_pipes' words") {
    assertEquals(
      intercept[PipesException](new DefaultMessageWriter().open(JMap.of("path", JMap.of()))).getMessage,
      "Invalid type for parameter `path` passed from orchestration side to `DefaultMessageWriter`. Expected a string," +
        " got an object, sent by the orchestration side. Let the message reader yield a string there. See" +
        s" $PAGE_URL#message-channel"
    )
  }
}
