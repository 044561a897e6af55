package dagsterpipes.write

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.nio.charset.StandardCharsets.UTF_8
import java.util.{Arrays, Map => JMap, OptionalInt}
import java.util.concurrent.{CopyOnWriteArrayList, CountDownLatch, Executors, TimeUnit}

import scala.collection.mutable
import scala.jdk.CollectionConverters._

import dagsterpipes.MemoryStore
import dagsterpipes.Session._
import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.message.PipesMessage
import dagsterpipes.store.{ObjectStore, Presence}
import dagsterpipes.write.Lines._

/** The identity of lines over every channel: who numbers what, and when a number is used up. */
class IdentitySuite extends munit.FunSuite {

  /** For tests that start a JVM; `sbt check` skips them. */
  private val Process = new munit.Tag("Process")

  private val token = "k3f9a1"
  private val hour  = 3600L * 1000
  private val late =
    PipesMessage.of("log_external_stream", JMap.of("stream", "stdout", "text", "late", "extras", JMap.of()))

  private def channel(store: ObjectStore, interval: Long = hour, timeout: Long = 20000) = {
    val settings = new ChunkSettings(interval, true, timeout, BufferSettings.defaults(), token)
    new ChunkedMessageWriterChannel(store, "p", settings, OptionalInt.empty(), _ => null)
  }

  for (way <- Way.all) {
    test(s"${way.name}: each line has the next number, and `closed` the last one") {
      var session = ""
      val got = way.lines("run_token" -> token) { channel =>
        session = channel.identity()
        List(opened, log("1"), closed, late).foreach(message => assert(channel.write(message)))
      }
      assert(session.matches("k3f9a1[a-z0-9]{4}"), session)
      def n(number: Int) = s""","n":"${session}j.$number"}"""
      assertEquals(
        got,
        List(
          opened.line.init + n(1),
          log("1").line.init + n(2),
          closed.line.init + ""","dagster_pipes_jvm":{"messages":{"j":3},"dropped_log_lines":0}""" + n(3),
          late.line.init + n(4)
        )
      )
    }

    test(s"${way.name}: for every other reader the bytes are those of dagster_pipes") {
      val messages = List(opened, log("1"), PipesMessage.ofLine("closed", """{"a": 1.0, "params": {}}"""))
      for (more <- List(Nil, List("run_token" -> null), List("count_messages" -> Boolean.box(true)))) {
        val got = way.lines(more: _*) { channel =>
          assertEquals(channel.identity(), null)
          messages.foreach(channel.write)
        }
        assertEquals(got, messages.map(_.line))
      }
    }

    test(s"${way.name}: 16 threads leave no gap, and the numbers are in the order of the lines") {
      val got = way.lines("run_token" -> token) { channel =>
        val pool  = Executors.newFixedThreadPool(16)
        val start = new CountDownLatch(1)
        for (thread <- 0 until 16) pool.submit(new Runnable {
          override def run(): Unit = {
            start.await()
            for (i <- 0 until 200) channel.write(if (i % 10 == 0) report(i) else log(s"$thread:$i"))
          }
        })
        start.countDown()
        pool.shutdown()
        assert(pool.awaitTermination(60, TimeUnit.SECONDS))
        channel.write(closed)
      }
      assertEquals(got.map(numberOf), (1 to 3201).toList)
      assertEquals(count(got.last), Some((3201L, 0L)))
    }

    test(s"${way.name}: two sessions of one token are told apart") {
      val sessions = mutable.Set.empty[String]
      val lines = (1 to 2).flatMap { _ =>
        way.lines("run_token" -> token) { channel =>
          sessions += channel.identity()
          channel.write(opened)
        }
      }
      assertEquals(sessions.size, 2)
      assertEquals(lines.map(identityOf).toSet, sessions.map(_ + "j.1").toSet)
    }

    test(s"${way.name}: a token that is none is refused, and named") {
      for (bad <- List[Object]("", "a-b", "größer", "x" * 33, "a\n", Long.box(7), Arrays.asList("a"))) {
        val message = intercept[PipesException](way.lines("run_token" -> bad)(_ => ())).getMessage
        assert(message.contains("`run_token`"), message)
        assert(message.contains("sent by the orchestration side"), message)
        assert(message.contains("Let the message reader yield"), message)
      }
      assertEquals(
        intercept[PipesException](way.lines("run_token" -> "a-b")(_ => ())).getMessage,
        "Invalid value for parameter `run_token` of `Pipes.open`. Expected 1 to 32 characters of A-Z, a-z and 0-9," +
          " got a string of 3 characters that does not match, sent by the orchestration side. Let the message reader" +
          s" yield such a token, or leave the key out. See $PAGE_URL#message-channel"
      )
    }
  }

  test("a writer of the job's own numbers its chunks as well") {
    val dir = tempDirectory()
    val writer = new BlobStoreMessageWriter {
      override protected def uri(params: JMap[String, Object]): String = s"file://$dir"
    }
    val channel = writer.open(JMap.of("run_token", "Z" * 32))
    assert(channel.identity().matches("Z{32}[a-z0-9]{4}"))
    channel.close()
  }

  test("a process that the job starts has a session of its own".tag(Process)) {
    val java = System.getProperty("java.home") + "/bin/java"
    def child(): String = {
      val command =
        List(java, "-cp", System.getProperty("java.class.path"), "dagsterpipes.write.PrintSession", token)
      val process =
        new ProcessBuilder(command.asJava).redirectError(ProcessBuilder.Redirect.INHERIT).start()
      val output = new String(process.getInputStream.readAllBytes(), UTF_8).trim
      assertEquals(process.waitFor(), 0, output)
      output
    }
    val sessions = Set(child(), child(), LineNumbers.of(token, OptionalInt.empty(), null).identity())
    assertEquals(sessions.size, 3, sessions.toString)
    assert(sessions.forall(_.matches("k3f9a1[a-z0-9]{4}")), sessions.toString)
  }

  /** Keeps the bytes of every put, and refuses those that `fault` says. */
  private final class Kept(fault: Int => Option[Throwable]) extends ObjectStore {
    val bodies = new CopyOnWriteArrayList[String]

    override def presence(key: String): Presence               = Presence.ABSENT
    override def read(key: String, maxBytes: Int): Array[Byte] = throw new UnsupportedOperationException
    override def write(key: String, body: Array[Byte]): Unit = {
      bodies.add(new String(body, UTF_8))
      fault(bodies.size).foreach(throw _)
    }
    override def describe(key: String): String = key
    override def close(): Unit                 = ()
  }

  test("a chunk that is put again has the same bytes") {
    val store = new Kept(put => if (put == 2 || put == 3) Some(new PipesIoException("503", true)) else None)
    val (_, _) = captureStderr {
      val c = channel(store)
      List(opened, log("1"), report(1), closed).foreach(c.write)
      c.close()
    }
    val bodies = store.bodies.asScala.toList
    assertEquals(bodies(1), bodies(2))
    assertEquals(bodies(1), bodies(3))
    assertEquals((bodies.head :: bodies.drop(3)).flatMap(_.split("\n")).map(numberOf), List(1, 2, 3, 4))
  }

  test("lines that go to stderr, since the store takes nothing, keep their numbers") {
    val store = new MemoryStore("lost-numbers")
    val c     = channel(store, timeout = 50)
    c.write(opened)
    store.faultForEver = Some(new PipesIoException("503", true))
    val (_, stderr) = captureStderr {
      List(report(1), log("1"), closed).foreach(c.write)
      c.close()
    }
    val lines = stderr.linesIterator.filterNot(_.startsWith("[dagster-pipes] ")).toList
    assertEquals(lines.map(identityOf), (2 to 4).map(number => s"${c.identity()}j.$number").toList)
    assertEquals(count(lines.last), Some((4L, 0L)))
  }

  test("a session that was refused begins with 1 again") {
    val store = new MemoryStore("refused-numbers")
    store.faultForEver = Some(new PipesIoException("403", false))
    val c = channel(store)
    intercept[PipesIoException](c.write(opened))
    store.faultForEver = None
    List(opened, closed).foreach(c.write)
    c.close()
    assertEquals(store.lines.map(numberOf), List(1, 2))
    assertEquals(count(store.lines.last), Some((2L, 0L)))
  }

  test("a line that a file does not take uses up no number") {
    val dir     = tempDirectory()
    val file    = dir.resolve("messages.jsonl")
    val numbers = new LineNumbers(token + "c2j0", OptionalInt.empty(), null)
    val c       = new FileMessageWriterChannel(file.toString, numbers)
    c.write(opened)
    java.nio.file.Files.delete(file)
    java.nio.file.Files.delete(dir)
    intercept[PipesIoException](c.write(report(1)))
    java.nio.file.Files.createDirectory(dir)
    c.write(report(2))
    c.close()
    assertEquals(java.nio.file.Files.readAllLines(file).asScala.toList.map(numberOf), List(2))
  }

  test("a line of Python that is dropped leaves its number to the next one") {
    val store    = new StalledStore(_ => ())
    val settings = new ChunkSettings(hour, true, 50, new BufferSettings(4096, 0, null), token)
    val c        = new ChunkedMessageWriterChannel(store, "p", settings, OptionalInt.empty(), _ => null)
    c.write(opened)
    store.stall()
    c.write(report(1))
    store.awaitPuts(2)
    def python(number: Int) = PipesMessage.ofLine(
      "log",
      s"""{"method": "log", "params": {"message": "${"x" * 400}"}, "n": "${c.identity()}p.$number"}"""
    )
    val (_, stderr) = captureStderr {
      val taken = (1 to 40).foldLeft(0)((last, _) => if (c.write(python(last + 1))) last + 1 else last)
      assert(taken > 0 && taken < 40, s"$taken")
      c.write(closed)
      c.close()
      store.recover()
    }
    val lines   = stderr.linesIterator.filterNot(_.startsWith("[dagster-pipes] ")).toList
    val numbers = lines.map(identityOf).filter(_.startsWith(c.identity() + "p.")).map(_.split('.').last.toInt)
    assertEquals(numbers, (1 to numbers.size).toList)
    val told     = facts(lines.last).get
    val messages = told.get("messages").asInstanceOf[JMap[String, Object]]
    assertEquals(messages.get("p"), Long.box(numbers.size.toLong): Object)
    assertEquals(told.get("dropped_log_lines"), Long.box(40L - numbers.size): Object)
  }
}

/** Prints the session that a process opens with the token that is its argument. */
object PrintSession {
  def main(args: Array[String]): Unit =
    print(
      new DefaultMessageWriter().open(JMap.of("buffered_stdio", "stderr", "run_token", args(0))).identity()
    )
}
