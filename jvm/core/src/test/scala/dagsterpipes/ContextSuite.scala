package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.nio.file.Files
import java.util.{Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.Session._
import dagsterpipes.context.{ContextData, DefaultContextLoader}
import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.json.Json

class ContextSuite extends munit.FunSuite {
  private val loader = new DefaultContextLoader

  private def refused(params: (String, Any)*): String =
    intercept[PipesException](loader.load(params.toMap.asInstanceOf[Map[String, Object]].asJava)).getMessage

  private def badField(context: JMap[String, Object]): String =
    intercept[PipesException](ContextData.of(context)).getMessage

  private def fieldMessage(path: String, expected: String, got: String) =
    s"Invalid value for parameter `$path` of `Pipes.open`. Expected $expected, got $got, in the context sent by the" +
      " orchestration side. Let Dagster's session write the context; a context made by hand needs all of its fields." +
      s" See $PAGE_URL#context"

  test("the context comes from a file, from the parameter itself, or from an object") {
    val file = Files.createTempFile("context", ".json")
    val text = Json.write(context())
    Files.writeString(file, text)
    MemoryStores.bucket("memory-context").put("some/key", text)
    MemoryStores.at("hdfs", "memory-hdfs").put("some/key", text)
    for (
      params <- List(
        JMap.of[String, Object]("path", file.toString, "unknown", "ignored"),
        data(context()),
        JMap.of[String, Object]("bucket", "memory-context", "key", "some/key"),
        JMap.of[String, Object]("uri", "hdfs://memory-hdfs/some/key"),
        JMap.of[String, Object]("uri", s"file://$file")
      )
    ) assertEquals(loader.load(params).raw(), context())
    Files.delete(file)
  }

  test("a context file that is missing is named") {
    assertEquals(
      refused("path" -> "/no/such/context.json"),
      "Invalid value for parameter `path` of `Pipes.open`. Expected a context file that this process can read, got no" +
        " such file at `/no/such/context.json`, sent by the orchestration side. The file is on the machine that runs" +
        " Dagster: a process on another machine needs a context injector that both reach (S3, or the parameters" +
        s" themselves). See $PAGE_URL#context"
    )
  }

  test("a missing context object is broken I/O, not bad input") {
    val e = intercept[PipesIoException](
      loader.load(JMap.of[String, Object]("bucket", "memory-context", "key", "absent"))
    )
    assertEquals(e.getMessage, "memory://memory-context/absent is not there")
  }

  test("a context file that is not JSON, or not an object, is refused with its path") {
    val file = Files.createTempFile("context", ".json")
    def with_(text: String) = {
      Files.writeString(file, text)
      refused("path" -> file.toString)
    }
    def expected(got: String) =
      s"Invalid value for parameter `context` of `Pipes.open`. Expected the context as a JSON object, got $got in" +
        s" `$file`, sent by the orchestration side. Let Dagster's context injector write it, and nothing else change" +
        s" it. See $PAGE_URL#context"
    assertEquals(with_("{oops}"), expected("text that is not JSON (at line 1, column 3, path $.)"))
    assertEquals(with_(""), expected("text that is not JSON (the text is empty)"))
    assertEquals(with_("[]"), expected("a list"))
    Files.delete(file)
  }

  test("a context of more than 16 MiB is refused before it is decoded, wherever it is") {
    val file = Files.createTempFile("context", ".json")
    val text = Json.write(context()).dropRight(1) + ", \"x\": \"" + "y" * (16 << 20) + "\"}"
    Files.writeString(file, text)
    MemoryStores.bucket("memory-large").put("some/key", text)
    MemoryStores.at("hdfs", "memory-large").put("some/key", text)
    for (
      (place, params) <- List[(String, List[(String, Any)])](
        file.toString                           -> List("path" -> file.toString),
        "memory://memory-large/some/key"        -> List("bucket" -> "memory-large", "key" -> "some/key"),
        "memory://hdfs://memory-large/some/key" -> List("uri" -> "hdfs://memory-large/some/key"),
        s"file://$file"                         -> List("uri" -> s"file://$file")
      )
    )
      assertEquals(
        refused(params: _*),
        s"The Pipes parameters of this job are too large. Expected at most 16,777,216 bytes of JSON in `$place`, got" +
          " more, sent by the orchestration side. Pass less in `extras`, and large data by a file of your own. See" +
          s" $PAGE_URL#parameters"
      )
    Files.delete(file)
  }

  test("a transient error of the store is retried, a refusal is final") {
    val store = MemoryStores.bucket("memory-busy")
    store.put("key", Json.write(context()))
    val params = JMap.of[String, Object]("bucket", "memory-busy", "key", "key")
    for (_ <- 1 to 3) store.readFaults.add(new PipesIoException("busy", true))
    assertEquals(loader.load(params).raw(), context())
    store.readFaults.add(new PipesIoException("refused", false))
    assertEquals(intercept[PipesIoException](loader.load(params)).getMessage, "refused")
    store.readFaults.add(new PipesIoException("busy", true))
    Thread.currentThread().interrupt()
    try assertEquals(intercept[PipesIoException](loader.load(params)).getMessage, "busy")
    finally assert(Thread.interrupted())
  }

  test("parameters without a known key are refused with the keys, not with the values") {
    assertEquals(
      refused("secret" -> "hunter2"),
      "Invalid params for `DefaultContextLoader`, a parameter of `Pipes.open`. Expected key `path`, `data`, `uri`," +
        " or `bucket` with `key`, got the keys [secret], sent by the orchestration side. The orchestration side's context injector" +
        " may expect another context loader: pass it with Pipes.builder().contextLoader(...). See" +
        s" $PAGE_URL#context"
    )
  }

  test("a parameter of the wrong type is refused in dagster_pipes' words") {
    assertEquals(
      refused("path" -> 3L),
      "Invalid type for parameter `path` passed from orchestration side to `DefaultContextLoader`. Expected a string," +
        " got the number 3, sent by the orchestration side. Let the context injector yield a string there. See" +
        s" $PAGE_URL#context"
    )
  }

  test("a required field that is missing is named with its path") {
    for (
      (field, expected) <- List(
        "run_id"       -> "a string",
        "retry_number" -> "a whole number",
        "extras"       -> "an object"
      )
    ) {
      val data = context()
      data.remove(field)
      assertEquals(badField(data), fieldMessage("$." + field, expected, "no such field"))
    }
  }

  test("a field of the wrong type is named with its path, deep ones too") {
    assertEquals(
      badField(context(""""partition_key_range": {"start": 1, "end": "b"}""")),
      fieldMessage("$.partition_key_range.start", "a string", "the number 1")
    )
    assertEquals(
      badField(context(""""asset_keys": ["a", 2]""")),
      fieldMessage("$.asset_keys[1]", "a string", "the number 2")
    )
    assertEquals(badField(context(""""run_id": null""")), fieldMessage("$.run_id", "a string", "null"))
    assertEquals(
      badField(context(""""retry_number": 1.5""")),
      fieldMessage("$.retry_number", "a whole number", "the number 1.5")
    )
  }

  test("unknown fields are ignored, nullable ones may be absent") {
    val small =
      ContextData.of(obj("""{"run_id": "r", "retry_number": 0, "extras": {}, "from_the_future": [1]}"""))
    assertEquals((small.runId, small.assetKeys, small.jobName), ("r", null, null))
  }
}
