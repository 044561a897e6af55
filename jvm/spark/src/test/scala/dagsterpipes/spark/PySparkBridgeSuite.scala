package dagsterpipes.spark

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.util.Collections.singletonMap

import dagsterpipes.PipesException
import dagsterpipes.internal.Json
import dagsterpipes.params.ParamCodec

class PySparkBridgeSuite extends munit.FunSuite {
  private val context =
    """{"run_id":"r","retry_number":0,"extras":{"a":[1,null]},"from_a_newer_dagster":1.5}"""

  private val file = FunFixture[Path](_ => Files.createTempFile("pipes", ".json"), Files.delete(_))

  file.test("the context comes whole, unknown fields too, from a file and from the parameter") { path =>
    Files.write(path, context.getBytes(UTF_8))
    assertEquals(PySparkBridge.loadContext(ParamCodec.encode(singletonMap("path", path.toString))), context)
    assertEquals(
      PySparkBridge.loadContext(ParamCodec.encode(singletonMap("data", Json.read(context)))),
      context
    )
  }

  file.test("Python's lines arrive byte for byte") { path =>
    val bridge = PySparkBridge.open(ParamCodec.encode(singletonMap("path", path.toString)))
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
    val bridge = PySparkBridge.open(ParamCodec.encode(singletonMap("path", path.toString)))
    Seq("{\n}", "", "123", "{\"a\": \"\u00e9\"}", null).foreach { line =>
      val error = intercept[PipesException](bridge.write("log", line))
      assert(error.getMessage.contains("parameter `line` of `PySparkBridge.write`"), error.getMessage)
    }
    bridge.close()
  }

  file.test("lines of log4j travel between Python's opened and closed, and nothing that is printed does") {
    path =>
      val logger = org.apache.logging.log4j.LogManager.getLogger("acme")
      val params = Json.read(s"""{"path": "$path", "include_stdio_in_messages": true}""")
      System.setProperty("spark.dagster.pipes.forwardLogs", "ERROR")
      val bridge =
        try PySparkBridge.open(ParamCodec.encode(params.asInstanceOf[java.util.Map[String, Object]]))
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
