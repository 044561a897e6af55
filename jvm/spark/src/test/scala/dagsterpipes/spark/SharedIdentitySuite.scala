package dagsterpipes.spark

import java.nio.file.Path
import java.util.{Map => JMap}

import scala.collection.JavaConverters._

import dagsterpipes.{Pipes, PipesContext}
import dagsterpipes.errors.PipesException

/** The identity of lines in a session that Python and JVM code share: each numbers its own. */
class SharedIdentitySuite extends BridgeSuite {
  private val token = "run_token" -> "k3f9a1"

  /** As the Python side writes: a line has its number, which is used up where the JVM takes the line. */
  private class Python(bridge: PySparkBridge) {
    private var number = 0

    def write(method: String, params: String = "{}"): Long = {
      val line =
        s"""{"method": "$method", "params": $params, "n": "${bridge.session()}p.${number + 1}"}"""
      val waiting = bridge.write(method, line)
      if (waiting >= 0) number += 1
      waiting
    }
  }

  private def n(line: String): String = obj(line).asScala.last match {
    case ("n", value) => value.toString
    case other        => fail(s"`n` is not the last key of $line: $other")
  }

  /** The producers and numbers, without the session, which must be one. */
  private def numbers(path: Path): List[String] = {
    val all = lines(path).map(n)
    assertEquals(all.map(_.take(10)).distinct.size, 1, all.toString)
    all.map(_.drop(10))
  }

  private def messages(line: String): Map[String, Any] =
    obj(line)
      .get("dagster_pipes_jvm")
      .asInstanceOf[JMap[String, Object]]
      .get("messages")
      .asInstanceOf[JMap[String, Any]]
      .asScala
      .toMap

  file.test("Python and JVM code number their own lines, and `closed` counts both") { path =>
    val bridge = python(path, token)
    assert(bridge.session().matches("k3f9a1[a-z0-9]{4}"), bridge.session())
    val ours = new Python(bridge)
    ours.write("opened")
    ours.write("log")
    Pipes.run((pipes: PipesContext) => pipes.log.info("JVM"))
    ours.write("log")
    fromJvm(path, token).run(pipes => pipes.log.info("JVM"))
    assertEquals(ours.write("closed"), 0L)
    ours.write("log_external_stream")
    bridge.close()
    assertEquals(numbers(path), List("p.1", "p.2", "j.1", "p.3", "j.2", "p.4", "p.5"))
    assertEquals(messages(lines(path)(5)), Map[String, Any]("j" -> 2L, "p" -> 4L))
  }

  file.test("Python that joins a session of JVM code does not use up numbers for `opened` and `closed`") {
    path =>
      val pipes  = fromJvm(path, token).open()
      val bridge = python(path, token)
      val ours   = new Python(bridge)
      assertEquals(ours.write("opened"), -1L)
      assertEquals(ours.write("log"), 0L)
      assertEquals(ours.write("closed", """{"exception": {"name": "E", "message": "m"}}"""), -1L)
      bridge.close()
      pipes.log.info("still open")
      pipes.close()
      assertEquals(numbers(path), List("j.1", "p.1", "j.2", "j.3", "j.4"))
      assertEquals(messages(lines(path).last), Map[String, Any]("j" -> 4L, "p" -> 1L))
  }

  file.test("a session after the first one of a process, with other parameters, has another id") { path =>
    val first   = python(path, token, "round" -> Long.box(1))
    val session = first.session()
    val ours    = new Python(first)
    ours.write("opened")
    ours.write("closed")
    first.close()
    val second = python(path, token, "round" -> Long.box(2))
    assertNotEquals(second.session(), session)
    new Python(second).write("opened")
    second.close()
    assertEquals(n(lines(path).last), s"${second.session()}p.1")
  }

  file.test("no session where the reader requests no identity, and the lines stay as they are") { path =>
    val bridge = python(path)
    assertEquals(bridge.session(), null)
    val odd = """{"method": "closed", "params": {}, "n": "k3f9a1c2j0p.1"}"""
    bridge.write("opened", line("opened"))
    bridge.write("closed", odd)
    bridge.close()
    assertEquals(lines(path), List(line("opened"), odd))
  }

  file.test("lines of an older Python package, which have no number, are numbered and counted by the JVM") {
    path =>
      val bridge = python(path, token)
      bridge.write("opened", line("opened"))
      Pipes.current().log.info("JVM")
      bridge.write("report_custom_message", line("report_custom_message", """{"payload": 1.0}"""))
      bridge.write("closed", line("closed"))
      bridge.close()
      assertEquals(numbers(path), List("j.1", "j.2", "j.3", "j.4"))
      assert(lines(path)(2).startsWith(line("report_custom_message", """{"payload": 1.0}""").init))
      assertEquals(messages(lines(path).last), Map[String, Any]("j" -> 4L))
  }

  file.test("lines of log4j have numbers of the JVM") { path =>
    val logger = org.apache.logging.log4j.LogManager.getLogger("acme")
    System.setProperty("spark.dagster.pipes.forwardLogs", "ERROR")
    val bridge =
      try python(path, token)
      finally System.clearProperty("spark.dagster.pipes.forwardLogs")
    val ours = new Python(bridge)
    ours.write("opened")
    for (_ <- 1 to 3) logger.error("during")
    ours.write("closed")
    bridge.close()
    assertEquals(numbers(path), List("p.1", "j.1", "j.2", "j.3", "p.2"))
    assertEquals(messages(lines(path).last), Map[String, Any]("j" -> 3L, "p" -> 2L))
  }

  file.test("a token that is none is an error that names it") { path =>
    val message = intercept[PipesException](python(path, "run_token" -> "a b")).getMessage
    assert(message.contains("parameter `run_token` of `Pipes.open`"), message)
  }
}
