package dagsterpipes.spark

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Files
import java.util.Collections.singletonMap

import dagsterpipes.errors.PipesException
import dagsterpipes.{Pipes, PipesContext}
import dagsterpipes.json.Json
import dagsterpipes.params.ParamCodec

class PySparkBridgeSuite extends BridgeSuite {
  private val context =
    """{"run_id":"r","retry_number":0,"extras":{"a":[1,null]},"from_a_newer_dagster":1.5}"""

  file.test("the context comes whole, unknown fields too, from a file and from the parameter") { path =>
    Files.write(path, context.getBytes(UTF_8))
    assertEquals(PySparkBridge.loadContext(ParamCodec.encode(singletonMap("path", path.toString))), context)
    assertEquals(
      PySparkBridge.loadContext(ParamCodec.encode(singletonMap("data", Json.read(context)))),
      context
    )
  }

  file.test("Python's lines arrive byte for byte") { path =>
    val bridge = PySparkBridge.open(ParamCodec.encode(singletonMap("path", path.toString)), null)
    bridge.write("opened", "{\"method\": \"opened\", \"x\": NaN,  \"e\": \"\\u00e9\"}")
    bridge.write("closed", "{}")
    bridge.close()
    bridge.close()
    assertEquals(
      new String(Files.readAllBytes(path), UTF_8),
      "{\"method\": \"opened\", \"x\": NaN,  \"e\": \"\\u00e9\"}\n{}\n"
    )
  }

  file.test("a line that would break the next ones is refused") { path =>
    val bridge = PySparkBridge.open(ParamCodec.encode(singletonMap("path", path.toString)), null)
    Seq("{\n}", "", "123", "{\"a\": \"\u00e9\"}", null).foreach { line =>
      val error = intercept[PipesException](bridge.write("log", line))
      assert(error.getMessage.contains("parameter `line` of `PySparkBridge.write`"), error.getMessage)
    }
    bridge.close()
  }

  file.test("JVM code that Python calls reports into Python's session and leaves it open") { path =>
    val bridge = python(path)
    bridge.write("opened", line("opened"))
    bridge.write("log", line("log", """{"message": "1"}"""))
    // Without parameters of its own: the open session is meant.
    Pipes.run((pipes: PipesContext) => pipes.log.info("2 " + pipes.extra("who")))
    bridge.write("log", line("log", """{"message": "3"}"""))
    fromJvm(path).run(pipes => pipes.log.info("4"))
    val left = fromJvm(path).open()
    left.close()
    assert(left.isClosed)
    assert(intercept[PipesException](left.log.info("x")).getMessage.contains("after pipes context is closed"))
    assert(!Pipes.current().isClosed)
    bridge.write("closed", line("closed"))
    bridge.write(
      "log_external_stream",
      line("log_external_stream")
    ) // dagster_pipes sends the rest of it then
    bridge.close()
    assertEquals(
      methods(path),
      List("opened", "log", "log", "log", "log", "closed", "log_external_stream")
    )
    assertEquals(
      lines(path).slice(1, 5).map(_.replaceAll(""".*"message": ?"(.).*""", "$1")),
      List("1", "2", "3", "4")
    )
    intercept[PipesException](Pipes.current())
    assert(intercept[PipesException](fromJvm(path).open()).getMessage.contains("has ended"))
    assert(intercept[PipesException](python(path)).getMessage.contains("has ended"))
  }

  file.test("what JVM code throws in Python's session stands in the log: Python may catch it") { path =>
    val bridge = python(path)
    bridge.write("opened", line("opened"))
    intercept[IllegalStateException](
      fromJvm(path).run(_ => throw new IllegalStateException("in the JVM"))
    )
    bridge.write("closed", line("closed"))
    bridge.close()
    assertEquals(methods(path), List("opened", "log", "closed"))
    val said = lines(path)(1)
    assert(said.contains("\"ERROR\"") && said.contains("The JVM's part of this job failed: "), said)
    assert(said.contains("IllegalStateException: in the JVM"), said)
  }

  file.test("Python joins a session that JVM code opened first, which says opened and closed") { path =>
    val pipes  = fromJvm(path).open()
    val bridge = python(path)
    bridge.write("opened", line("opened"))
    bridge.write("log", line("log"))
    bridge.write(
      "closed",
      line(
        "closed",
        """{"exception": {"name": "ValueError", "message": "no orders\\n", "stack": ["  File x\\n"]}}"""
      )
    )
    bridge.close()
    pipes.log.info("still open")
    pipes.close()
    assertEquals(methods(path), List("opened", "log", "log", "log", "closed"))
    val said = lines(path)(2)
    assert(said.contains("The Python part of this job failed: ValueError: no orders"), said)
    assert(said.contains("File x") && said.contains("\"ERROR\""), said)
  }

  file.test("lines of log4j travel between Python's opened and closed, and nothing that is printed does") {
    path =>
      val logger = org.apache.logging.log4j.LogManager.getLogger("acme")
      val params = Json.read(s"""{"path": "$path", "include_stdio_in_messages": true}""")
      System.setProperty("spark.dagster.pipes.forwardLogs", "ERROR")
      val bridge =
        try PySparkBridge.open(ParamCodec.encode(params.asInstanceOf[java.util.Map[String, Object]]), null)
        finally System.clearProperty("spark.dagster.pipes.forwardLogs")
      logger.error("before")
      bridge.write("opened", "{}")
      logger.error("during")
      System.out.println("Python's capture sees this, where the driver is its child")
      bridge.write("closed", "{}")
      logger.error("after")
      bridge.close()
      val lines = new String(Files.readAllBytes(path), UTF_8).split("\n").toList
      assertEquals(lines.map(_.contains("acme: during")), List(false, true, false))
  }
}
