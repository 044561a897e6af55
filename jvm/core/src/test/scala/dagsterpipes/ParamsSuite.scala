package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.util.{Base64, Collections, Map => JMap}

import dagsterpipes.errors.PipesException
import dagsterpipes.params._
import dagsterpipes.wire.PipesConf

class ParamsSuite extends munit.FunSuite {
  private def zlib(text: String): String = {
    val deflater = new java.util.zip.Deflater
    deflater.setInput(text.getBytes("UTF-8"))
    deflater.finish()
    val buffer = new Array[Byte](1000)
    Base64.getEncoder.encodeToString(buffer.take(deflater.deflate(buffer)))
  }

  private def refused(text: String): String =
    intercept[PipesException](ParamCodec.decode(text, "DAGSTER_PIPES_CONTEXT")).getMessage

  private def message(got: String): String =
    "Invalid value for parameter `DAGSTER_PIPES_CONTEXT` of `Pipes.open`. Expected base64 of zlib of a JSON object, got " +
      got + ", sent by the orchestration side. Pass the text on exactly as Dagster made it" +
      " (session.get_bootstrap_env_vars() or the launcher's own settings), whole and without quotes." +
      s" See $PAGE_URL#parameters"

  test("an empty parameter is refused") {
    assertEquals(refused(""), message("an empty text"))
    assertEquals(refused(" \n"), message("an empty text"))
  }

  test("a parameter that is not base64 is refused, and not quoted: it may hold a secret") {
    assertEquals(refused("{\"path\": 1}"), message("10 characters that are not base64"))
  }

  test("a parameter that is not zlib is refused, a truncated one too") {
    assertEquals(refused("aGVsbG8="), message("5 bytes that are not zlib data"))
    val whole = Base64.getDecoder.decode(zlib("""{"path": "/tmp/some/messages"}"""))
    assertEquals(
      refused(Base64.getEncoder.encodeToString(whole.take(12))),
      message("12 bytes that are not zlib data")
    )
  }

  test("a parameter that is not JSON is refused with the place") {
    assertEquals(refused(zlib("{path}")), message("text that is not JSON (at line 1, column 3, path $.)"))
  }

  test("a parameter that is not an object is refused with what it is") {
    assertEquals(refused(zlib("[1]")), message("JSON that is not an object but a list"))
    assertEquals(refused(zlib("null")), message("JSON that is not an object but null"))
    assertEquals(refused(zlib("12")), message("JSON that is not an object but the number 12"))
  }

  test("more than 16 MiB of JSON is refused before it is unpacked") {
    val packed  = new java.io.ByteArrayOutputStream
    val zlibbed = new java.util.zip.DeflaterOutputStream(packed, new java.util.zip.Deflater(9))
    zlibbed.write("{\"data\": \"".getBytes)
    for (_ <- 1 to 900) zlibbed.write(Array.fill(1 << 20)('x'.toByte)) // the suites have 1 GiB
    zlibbed.write("\"}".getBytes)
    zlibbed.close()
    assertEquals(
      refused(Base64.getEncoder.encodeToString(packed.toByteArray)),
      "The Pipes parameters of this job are too large. Expected at most 16,777,216 bytes of JSON in" +
        " DAGSTER_PIPES_CONTEXT, got more, sent by the orchestration side. Pass less in `extras`, and large data by" +
        s" a file of your own. See $PAGE_URL#parameters"
    )
  }

  test("a parameter that is nested too deeply is JSON, and the limit is named") {
    assertEquals(
      refused(zlib("""{"a":""" + "[" * 300 + "]" * 300 + "}")),
      message("JSON beyond a limit of this reader (more than 255 levels, at line 1)")
    )
  }

  test("line breaks inside of a parameter do not matter") {
    val text = zlib("""{"path": "/tmp/some/messages"}""")
    assertEquals(
      ParamCodec.decode(text.grouped(10).mkString("\n"), "X").get("path"),
      "/tmp/some/messages": Object
    )
  }

  test("one parameter without the other is an error that names both, whichever is missing") {
    val one = ParamCodec.encode(JMap.of())
    def lone(name: String, load: ParamsLoader => Any) = {
      val loader = new MapParamsLoader(Collections.singletonMap(name, one))
      assert(loader.isDagsterPipesProcess)
      intercept[PipesException](load(loader)).getMessage
    }
    def expected(missing: String, there: String) =
      s"Invalid value for parameter `$missing` of `Pipes.open`. Expected base64 of zlib of a JSON object, got nothing," +
        s" but `$there` is there, both sent by the orchestration side through a map. Hand both parameters to this" +
        s" process, by the same way. See $PAGE_URL#parameters"
    assertEquals(
      lone("DAGSTER_PIPES_CONTEXT", _.loadMessagesParams()),
      expected("DAGSTER_PIPES_MESSAGES", "DAGSTER_PIPES_CONTEXT")
    )
    assertEquals(
      lone("DAGSTER_PIPES_MESSAGES", _.loadContextParams()),
      expected("DAGSTER_PIPES_CONTEXT", "DAGSTER_PIPES_MESSAGES")
    )
  }

  test("arguments are found as two words and as one with an equals sign, among the job's own") {
    val a = ParamCodec.encode(JMap.of("path", "a"))
    val b = ParamCodec.encode(JMap.of("path", "b"))
    val loader = new ArgumentsParamsLoader(
      Array("--x", "1", "--dagster-pipes-context", a, s"--dagster-pipes-messages=$b")
    )
    assert(loader.isDagsterPipesProcess)
    assertEquals(loader.loadContextParams().get("path"), "a": Object)
    assertEquals(loader.loadMessagesParams().get("path"), "b": Object)
    assert(!new ArgumentsParamsLoader(Array("context", "--dagster-pipes-contextual")).isDagsterPipesProcess)
  }

  test("system properties are read under the names of Spark's conf") {
    val text = ParamCodec.encode(JMap.of("path", "p"))
    System.setProperty("spark.dagster.pipes.context", text)
    System.setProperty("spark.dagster.pipes.messages", text)
    try assertEquals(new SystemPropertiesParamsLoader().loadMessagesParams().get("path"), "p": Object)
    finally {
      System.clearProperty("spark.dagster.pipes.context")
      System.clearProperty("spark.dagster.pipes.messages")
    }
  }

  test("a conf value that is no number of milliseconds is refused") {
    for (bad <- List("soon", "0", "1.5", "")) {
      System.setProperty(PipesConf.UPLOAD_INTERVAL_MILLIS, bad)
      try
        assertEquals(
          intercept[PipesException](ConfNumbers.millis(PipesConf.UPLOAD_INTERVAL_MILLIS, 1)).getMessage,
          "Invalid value for parameter `spark.dagster.pipes.uploadIntervalMillis` of `Pipes.open`. Expected a whole" +
            s" number of milliseconds, at least 1, got `$bad`, set by --conf or -D. Write the bare number, 300 for" +
            s" example, or leave the key out. See $PAGE_URL#parameters"
        )
      finally System.clearProperty(PipesConf.UPLOAD_INTERVAL_MILLIS)
    }
  }
}
