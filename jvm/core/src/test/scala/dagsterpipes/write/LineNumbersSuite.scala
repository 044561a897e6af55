package dagsterpipes.write

import java.nio.charset.StandardCharsets.US_ASCII
import java.util.{Map => JMap, OptionalInt}

import scala.jdk.CollectionConverters._

import dagsterpipes.Golden
import dagsterpipes.Session.obj
import dagsterpipes.errors.PipesException
import dagsterpipes.json.Json
import dagsterpipes.message.PipesMessage
import dagsterpipes.report.LogLevel
import dagsterpipes.write.Lines._

/** The form of an identity, and the lines of Python among those of the JVM. */
class LineNumbersSuite extends munit.FunSuite {
  private val session = "k3f9a1c2j0"

  private def numbers(attempt: Int = 0): LineNumbers =
    new LineNumbers(session, if (attempt == 0) OptionalInt.empty() else OptionalInt.of(attempt), null)

  /** The line as a channel writes it, and that it was taken. */
  private def write(numbers: LineNumbers, message: PipesMessage): String = {
    val line = numbers.line(message)
    val once = new LineBytes
    once.set(line)
    val text = new String(once.array, 0, once.length - 1, US_ASCII)
    assertEquals(new String(LineBytes.record(line), US_ASCII), "\n" + text)
    numbers.taken(line)
    text
  }

  private def python(method: String, n: String): PipesMessage =
    PipesMessage.ofLine(method, s"""{"method": "$method", "params": {"a": 1.0}, "n": "$n"}""")

  private def last(closed: String): Map[String, Long] =
    facts(closed).get
      .get("messages")
      .asInstanceOf[JMap[String, Long]]
      .asScala
      .toMap

  for ((name, entries) <- golden)
    test(s"golden: $name") {
      val first   = entries.head
      val attempt = first.facts.map(_.get("attempt").asInstanceOf[Long].toInt)
      val ours = new LineNumbers(
        first.session,
        attempt.map(OptionalInt.of(_)).getOrElse(OptionalInt.empty()),
        first.facts.map(_.get("application").asInstanceOf[String]).orNull
      )
      for (entry <- entries) {
        for (_ <- 1L to entry.dropped) ours.dropped()
        val line = write(ours, entry.message)
        assertEquals(obj(line), entry.expected)
        assertEquals(identityOf(line), entry.expected.get("n"))
        assertEquals(obj(line).keySet.asScala.toList, entry.expected.keySet.asScala.toList)
      }
    }

  test("the golden file has every case: both producers, each method, lines after closed") {
    val all = golden.flatMap(_._2)
    assertEquals(all.map(_.producer).toSet, Set("j", "p"))
    assertEquals(all.map(_.message.method).toSet.size, 7)
    assertEquals(golden.count { case (_, entries) => entries.last.message.method != "closed" }, 3)
  }

  private class Entry(fields: JMap[String, Object]) {
    val producer: String               = text("producer")
    val session: String                = text("token") + text("session")
    val expected: JMap[String, Object] = fields.get("expected").asInstanceOf[JMap[String, Object]]
    val facts: Option[JMap[String, Object]] =
      Option(fields.get("facts").asInstanceOf[JMap[String, Object]])

    def dropped: Long =
      facts.flatMap(f => Option(f.get("dropped_log_lines"))).map(_.asInstanceOf[Long]).getOrElse(0L)

    /** As its producer hands it to the channel: Python's with its number and without the facts. */
    def message: PipesMessage = {
      val method = text("method")
      val params = fields.get("params").asInstanceOf[JMap[String, Object]]
      if (producer == "p") {
        val line = new java.util.LinkedHashMap[String, Object](expected)
        line.remove("dagster_pipes_jvm")
        PipesMessage.ofLine(method, Json.write(line))
      } else if (method == "log") {
        PipesMessage.log(LogLevel.valueOf(params.get("level").toString), params.get("message").toString)
      } else PipesMessage.of(method, params)
    }

    private def text(name: String): String = fields.get(name).asInstanceOf[String]
  }

  private lazy val golden: List[(String, List[Entry])] =
    Golden
      .lines("identity.jsonl")
      .map(obj)
      .foldLeft(List.empty[(String, List[Entry])]) { (sessions, fields) =>
        val name = fields.get("name").asInstanceOf[String]
        sessions match {
          case (`name`, entries) :: rest => (name, entries :+ new Entry(fields)) :: rest
          case _                         => (name, List(new Entry(fields))) :: sessions
        }
      }
      .reverse

  test("lines of Python keep their bytes, and are counted by their last number") {
    val ours  = numbers()
    val lines = List(python("opened", s"${session}p.1"), python("log", s"${session}p.2"))
    for (line <- lines) assertEquals(write(ours, line), line.line)
    assertEquals(identityOf(write(ours, log("JVM"))), s"${session}j.1")
    val closed = write(ours, python("closed", s"${session}p.3"))
    assertEquals(
      closed,
      """{"method": "closed", "params": {"a": 1.0}, "dagster_pipes_jvm":""" +
        s"""{"messages":{"j":1,"p":3},"dropped_log_lines":0},"n": "${session}p.3"}"""
    )
    assertEquals(write(ours, python("log", s"${session}p.4")), python("log", s"${session}p.4").line)
  }

  test(
    "a number of Python that is used up is refused: the reader would ignore the line of a second process"
  ) {
    val ours = numbers()
    for (number <- List(1, 2, 3)) write(ours, python("log", s"${session}p.$number"))
    for (number <- List(3, 1)) {
      val refused = intercept[PipesException](ours.line(python("log", s"${session}p.$number")))
      assert(refused.getMessage.contains(s"got the number $number again"), refused.getMessage)
    }
    write(ours, python("log", s"${session}p.4"))
    assertEquals(last(write(ours, closed)), Map("j" -> 1L, "p" -> 4L))
  }

  test("a line of Python without a number gets one of the JVM: no reader takes it for text") {
    val ours = numbers()
    val line = PipesMessage.ofLine("report_custom_message", """{"method": "x", "params": {"payload": 1.0}}""")
    assertEquals(
      write(ours, line),
      s"""{"method": "x", "params": {"payload": 1.0},"n":"${session}j.1"}"""
    )
    assertEquals(last(write(ours, closed)), Map("j" -> 2L))
  }

  test("a line that has an identity of another session, or no number, stays as it is and is not counted") {
    val ours = numbers()
    for (
      n <- List(
        "k3f9a1zzzzp.7",
        "Other1c2j0p.7",
        s"${session}j.7",
        s"${session}p.0",
        s"${session}p.07",
        s"${session}p.",
        s"${session}p.7x",
        s"${session}p.-7",
        s"${session}p7",
        s"${session}p.1234567890123456789",
        session,
        ""
      )
    ) assertEquals(write(ours, python("log", n)), python("log", n).line)
    assertEquals(last(write(ours, closed)), Map("j" -> 1L))
  }

  test("only a key of the line itself is its identity") {
    val n = s""""n": "${session}p.7""""
    for (
      line <- List(
        s"""{"method": "log", "params": {$n}}""",
        s"""{"params": {}, "x\\"n": "${session}p.7"}""",
        s"""{"params": {}, "m": "${session}p.7"}""",
        s"""{"params": {}, "x": "\\", \\"n\\": \\"${session}p.7"}""",
        s"""{"params": {}, "x": ["${session}p.7"]}"""
      )
    ) {
      val ours = numbers()
      obj(line) // is JSON
      val written = write(ours, PipesMessage.ofLine("log", line))
      assertEquals(identityOf(written), s"${session}j.1")
      assertEquals(last(write(ours, closed)), Map("j" -> 2L))
    }
  }

  test("blanks around Python's colon and comma are those of json.dumps, or none, or more") {
    for (tail <- List(""","n":"$"}""", """, "n": "$"}""", """ ,  "n" :  "$"}""")) {
      val ours = numbers()
      val line = """{"params": {}""" + tail.replace("$", s"${session}p.9")
      assertEquals(write(ours, PipesMessage.ofLine("log", line)), line)
      val closing = """{"params": {}""" + tail.replace("$", s"${session}p.10")
      val closed  = write(ours, PipesMessage.ofLine("closed", closing))
      assertEquals(last(closed), Map("p" -> 10L))
      assertEquals(identityOf(closed), s"${session}p.10")
    }
  }

  test("the digits of every length") {
    val ours = numbers()
    for (number <- 1 to 12345) {
      val line = ours.line(log("x"))
      val text = new String(LineBytes.record(line), US_ASCII).trim
      ours.taken(line)
      assertEquals(text, log("x").line.init + s""","n":"${session}j.$number"}""")
    }
  }

  test("a longer line than the array that is kept has its number, too") {
    val ours = numbers()
    for (length <- List(1, 500, 512, 1 << 16, (1 << 16) - 30, 3 << 16, 1)) {
      val message = log("x" * length)
      assertEquals(obj(write(ours, message)).get("params"), obj(message.line).get("params"))
    }
  }

  test("`opened` has the attempt that the platform says, 1 too; Python's own fact is not doubled") {
    for (attempt <- List(1, 2, 12))
      assertEquals(
        facts(write(numbers(attempt), opened)),
        Some(JMap.of[String, Object]("attempt", Long.box(attempt.toLong)))
      )
    assertEquals(facts(write(numbers(), opened)), None)
    assertEquals(facts(write(numbers(2), log("opened"))), None)
    val line =
      s"""{"method": "opened", "params": {}, "dagster_pipes_jvm": {"attempt": 2}, "n": "${session}p.1"}"""
    assertEquals(write(numbers(2), PipesMessage.ofLine("opened", line)), line)
    val none = new LineNumbers(null, OptionalInt.of(2), null)
    assertEquals(write(none, opened), opened.line)
  }

  test("a line of Python that has a number stays as it is where no identity was requested") {
    val none = LineNumbers.none()
    val line = python("closed", s"${session}p.3")
    assertEquals(write(none, line), line.line)
  }
}
