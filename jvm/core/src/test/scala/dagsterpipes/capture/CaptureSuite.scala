package dagsterpipes.capture

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.io.{ByteArrayOutputStream, OutputStream, PrintStream}
import java.nio.charset.StandardCharsets.UTF_8
import java.util.{Locale, Map => JMap}

import dagsterpipes.{Pipes, Recorded}
import dagsterpipes.Session._
import dagsterpipes.internal.Stderr
import dagsterpipes.write.{BufferedStreamMessageWriterChannel, MessageWriter, StreamMessageWriterChannel}

/** What `include_stdio_in_messages` sends, and that it changes nothing for whoever prints. */
class CaptureSuite extends munit.FunSuite {
  private val nl = System.lineSeparator()

  test("what is printed arrives before what the same thread reports next, and is printed as before") {
    val recorded = new Recorded
    val ((), printed) = captureStdout(recorded.capturing { pipes =>
      System.out.println("reading")
      pipes.log.info("read")
      System.out.print("half a ")
      System.out.println("line")
      pipes.reportCustomMessage(1)
    }: Unit)
    // On a busy machine a text may leave by itself between two prints: what follows it is the rest of it.
    val joined = recorded.messages
      .map { case (method, params) => method -> params.get("text").asInstanceOf[String] }
      .foldLeft(List.empty[(String, String)]) {
        case (("log_external_stream", before) :: rest, ("log_external_stream", text)) =>
          ("log_external_stream", before + text) :: rest
        case (messages, message) => message :: messages
      }
      .reverse
    assertEquals(
      joined,
      List(
        "opened"                -> null,
        "log_external_stream"   -> s"reading$nl",
        "log"                   -> null,
        "log_external_stream"   -> s"half a line$nl",
        "report_custom_message" -> null,
        "closed"                -> null
      )
    )
    assertEquals(printed, s"reading${nl}half a line$nl")
  }

  test("the params are those of dagster_pipes, and the last text comes before closed") {
    val recorded = new Recorded().capturing(_ => System.err.print("no line end"))
    assertEquals(
      recorded.messages(1),
      "log_external_stream" -> obj("""{"stream": "stderr", "text": "no line end", "extras": {}}""")
    )
    assertEquals(recorded.methods.last, "closed")
  }

  test("text leaves by itself after a short time") {
    val recorded = new Recorded
    recorded.capturing { _ =>
      System.out.print("a prompt")
      recorded.await(_.text("stdout") == "a prompt")
    }
  }

  test("every way to print is seen once, and prints what it printed without a session") {
    def printAll(out: PrintStream): Unit = {
      out.print(true); out.print('c'); out.print(1); out.print(2L); out.print(1.5f); out.print(2.5d)
      out.print("chars".toCharArray); out.print("s"); out.print(null: String); out.print(Some(1): Any)
      out.println(); out.println(true); out.println('c'); out.println(1); out.println(2L); out.println(1.5f)
      out.println(2.5d); out.println("chars".toCharArray); out.println("s"); out.println(null: Any)
      out.printf("%s-%d\n", "a", Int.box(1)); out.printf(Locale.GERMANY, "%.1f\n", Double.box(1.5))
      out.format("%s\n", "f"); out.append("abc").append("abcdef", 1, 3).append('x')
      out.write('w'); out.write("bytes".getBytes(UTF_8)); out.write("-bytes-".getBytes(UTF_8), 1, 5)
      out.flush()
    }
    val plain = new ByteArrayOutputStream
    printAll(new PrintStream(plain, false, "UTF-8"))
    val recorded      = new Recorded
    val ((), printed) = captureStdout(recorded.capturing(_ => printAll(System.out)): Unit)
    assertEquals(printed, plain.toString("UTF-8"))
    assertEquals(recorded.text("stdout"), plain.toString("UTF-8"))
  }

  test("a character that is cut between two writes arrives whole, and bytes that are none are replaced") {
    val bytes    = "ä€\uD83D\uDE80".getBytes(UTF_8)
    val recorded = new Recorded
    captureStdout(recorded.capturing { pipes =>
      bytes.foreach { byte =>
        System.out.write(byte.toInt)
        pipes.log.info("in between")
      }
      System.out.print("\uD83D")
      pipes.log.info("in between")
      System.out.print("\uDE80")
      System.out.write(0xe2)
      System.out.print("|")
      System.out.write(0xc3)
    })
    assertEquals(recorded.text("stdout"), "ä€\uD83D\uDE80\uD83D\uDE80\uFFFD|\uFFFD")
    assert(recorded.pieces("stdout").forall(piece => !Character.isHighSurrogate(piece.last)))
  }

  test("characters that the terminal cannot show arrive in Dagster all the same") {
    val bytes    = new ByteArrayOutputStream
    val old      = System.out
    val recorded = new Recorded
    System.setOut(new PrintStream(bytes, true, "US-ASCII"))
    try recorded.capturing(_ => System.out.print("größer"))
    finally System.setOut(old)
    assertEquals(bytes.toString("US-ASCII"), "gr??er")
    assertEquals(recorded.text("stdout"), "größer")
  }

  test("a flood leaves in pieces of bounded size, nothing of it lost") {
    var longest  = 0
    var total    = 0L
    val counting = new Recorded(m => { longest = longest max m.line.length; total += m.line.length })
    val old      = System.out
    System.setOut(new PrintStream(OutputStream.nullOutputStream()))
    try
      counting.capturing { _ =>
        System.out.print("x" * 5000000)
        (1 to 50000).foreach(i => System.out.println(s"line $i"))
      }
    finally System.setOut(old)
    val expected = "x" * 5000000 + (1 to 50000).map(i => s"line $i$nl").mkString
    assert(counting.text("stdout") == expected)
    assert(longest < 2 * TextBuffer.LIMIT_CHARS + 200, s"one message of $longest characters")
  }

  test("lines of many threads stay whole, each once and in its thread's order") {
    val recorded = new Recorded
    captureStdout(recorded.capturing { pipes =>
      val threads = (1 to 16).map { t =>
        new Thread(() =>
          (1 to 500).foreach { i =>
            System.out.println(s"$t:$i ${"." * 40}")
            if (i % 50 == 0) pipes.log.info("meanwhile")
          }
        )
      }
      threads.foreach(_.start())
      threads.foreach(_.join())
    })
    val lines = recorded.text("stdout").linesIterator.toList
    assertEquals(lines.size, 16 * 500)
    for (t <- 1 to 16)
      assertEquals(lines.filter(_.startsWith(s"$t:")), (1 to 500).map(i => s"$t:$i ${"." * 40}").toList)
  }

  test("nothing waits for itself: stacks are printed, reports made and notices said at the same time") {
    val recorded = new Recorded(_ => Stderr.notice("the channel says something"))
    captureStderr(recorded.capturing { pipes =>
      val printing = (1 to 4).map(_ =>
        new Thread(() => (1 to 50).foreach(i => new Exception("x" * 3000 + i).printStackTrace()))
      )
      val reporting = (1 to 4).map(_ => new Thread(() => (1 to 200).foreach(_ => pipes.log.info("report"))))
      (printing ++ reporting).foreach { thread => thread.setDaemon(true); thread.start() }
      (printing ++ reporting).foreach(_.join(60000))
      assert(!(printing ++ reporting).exists(_.isAlive), "threads wait for each other")
    })
    assertEquals(recorded.logs.size, 800)
    assert(!recorded.text("stderr").contains("the channel says something"))
  }

  test("a channel that prints what it writes does not send itself") {
    val recorded      = new Recorded(message => System.out.println(message.line))
    val ((), printed) = captureStdout(recorded.capturing(_ => System.out.println("once")): Unit)
    assertEquals(recorded.text("stdout"), s"once$nl")
    assertEquals(printed.linesIterator.count(_.contains("log_external_stream")), 1)
  }

  test("a channel that fails breaks no println; what is lost is counted and said") {
    val broken =
      new Recorded(m => if (m.method == "log_external_stream") throw new IllegalStateException("full"))
    val ((), err) = captureStderr(captureStdout(broken.capturing { pipes =>
      System.out.println("one")
      pipes.log.info("goes through")
      System.out.println("two")
      pipes.log.info("goes through")
    }): Unit)
    assertEquals(broken.methods, List("opened", "log", "log", "closed"))
    assertEquals(
      err,
      "[dagster-pipes] some pieces of captured output cannot be sent to Dagster, the job goes on:" +
        " java.lang.IllegalStateException: full\n[dagster-pipes] 2 pieces of captured output could not be sent to" +
        s" Dagster. See $PAGE_URL#logging\n"
    )
  }

  test("where the messages go to stdout or stderr themselves nothing is captured, and that is said") {
    for (make <- List(new StreamMessageWriterChannel(_), new BufferedStreamMessageWriterChannel(_))) {
      val bytes                 = new ByteArrayOutputStream
      val writer: MessageWriter = _ => make(new PrintStream(bytes, true, "UTF-8"))
      val params = loader(data(context()), JMap.of("include_stdio_in_messages", java.lang.Boolean.TRUE))
      val ((), err) = captureStderr {
        val out   = System.out
        val pipes = Pipes.builder().paramsLoader(params).messageWriter(writer).open()
        assert(System.out eq out)
        pipes.close()
      }
      assert(err.startsWith("[dagster-pipes] include_stdio_in_messages has no effect: "), err)
      assertEquals(bytes.toString("UTF-8").linesIterator.size, 2)
    }
  }

  test("without include_stdio_in_messages the streams are left alone") {
    val out = System.out
    new Recorded().session()(_ => assert(System.out eq out))
  }

  test("the streams are put back, unless the job has set others meanwhile") {
    val (out, err) = (System.out, System.err)
    new Recorded().capturing(_ => assert((System.out ne out) && (System.err ne err)))
    assert((System.out eq out) && (System.err eq err))
    val own = new PrintStream(OutputStream.nullOutputStream())
    try {
      new Recorded().capturing(_ => System.setOut(own))
      assert((System.out eq own) && (System.err eq err))
    } finally System.setOut(out)
  }

  test("a stream that was kept from a session prints on after it, and is seen again in the next one") {
    var kept: PrintStream = null
    val next              = new Recorded
    val (_, printed) = captureStdout {
      new Recorded().capturing { _ => kept = System.out }
      kept.print("between,")
      next.capturing(_ => kept.print("second"))
    }
    assertEquals(printed, "between,second")
    assertEquals(next.text("stdout"), "second")
  }

  test("no thread is left behind") {
    new Recorded().capturing(_ => System.out.print(""))
    assert(!Thread.getAllStackTraces.keySet.stream.anyMatch(_.getName == "dagster-pipes-stdio"))
  }

  test("Scala's println is seen, though its Console has kept the stream from before") {
    val recorded = new Recorded
    Console.flush() // in use before the session opens
    val before = Console.out
    val old    = System.out
    System.setOut(before) // as it is in a job; the suite's runner may have set another
    try
      recorded.capturing { pipes =>
        println("from Scala")
        pipes.log.info("next")
        val thread = new Thread(() => print("from its thread"))
        thread.start()
        thread.join()
        Console.err.print("and stderr")
        Console.withOut(OutputStream.nullOutputStream())(println("redirected by the job"))
      }
    finally System.setOut(old)
    assertEquals(recorded.methods.take(3), List("opened", "log_external_stream", "log"))
    assertEquals(recorded.text("stdout"), s"from Scala${nl}from its thread")
    assertEquals(recorded.text("stderr"), "and stderr")
    assert(Console.out eq before)
  }
}
