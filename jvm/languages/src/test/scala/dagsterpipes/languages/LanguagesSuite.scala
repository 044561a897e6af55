package dagsterpipes.languages

import java.io.PrintStream
import java.net.URLClassLoader
import java.nio.file.{Files, Path}
import java.util.{List => JList, Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.json.{Json, JsonTree}
import dagsterpipes.params.ParamCodec

/** The examples in Kotlin, Groovy and Clojure are compiled, and report what the Scala one reports. */
class LanguagesSuite extends munit.FunSuite {
  private val examples = Path.of(System.getProperty("project.root"), "examples", "languages")

  private val GStrings = "def n = 1; [\"k${n}\": \"v${n}\", l: 1G]"

  private val folder = FunFixture[Path](
    _ => Files.createTempDirectory("languages"),
    folder => {
      Files.walk(folder).sorted(java.util.Comparator.reverseOrder[Path]).forEach(Files.delete(_))
    }
  )

  private def arguments(folder: Path, messages: String = "messages"): Array[String] = {
    val orders = Files.writeString(folder.resolve("orders.csv"), "id,price\n1,1.5\n2,2.5\n,3.5\n")
    val context = Json.read(s"""{
      "asset_keys": ["orders"], "code_version_by_asset_key": {"orders": null},
      "provenance_by_asset_key": {"orders": null}, "partition_key": null, "partition_key_range": null,
      "partition_time_window": null, "run_id": "r", "job_name": "j", "retry_number": 0,
      "extras": {"path": "$orders"}}""")
    Array(
      "--dagster-pipes-context",
      ParamCodec.encode(JMap.of("data", context)),
      "--dagster-pipes-messages",
      ParamCodec.encode(JMap.of("path", folder.resolve(messages).toString))
    )
  }

  private def reported(file: Path): List[(String, JMap[String, Object])] =
    Files.readAllLines(file).asScala.toList.map { line =>
      val message = Json.read(line).asInstanceOf[JMap[String, Object]]
      (message.get("method").toString, message.get("params").asInstanceOf[JMap[String, Object]])
    }

  private def checkReported(folder: Path): Unit = {
    val found = reported(folder.resolve("messages"))
    assertEquals(
      found.map(_._1),
      List("opened", "log", "report_asset_materialization", "report_asset_check", "closed")
    )
    assertEquals(found(1)._2.get("message"), "read 3 orders": Object)
    val metadata = found(2)._2.get("metadata").asInstanceOf[JMap[String, JMap[String, Object]]].asScala
    assertEquals(metadata.keySet, Set("rows", "columns"))
    assertEquals(metadata("rows").get("raw_value"), 3L: Any)
    assertEquals(metadata("columns").get("raw_value"), JList.of("id", "price"): Object)
    assertEquals(found(3)._2.get("passed"), false: Any)
    assertEquals(found.last._2.get("exception"), null)
  }

  folder.test("Kotlin: `Pipes.run(args) { ... }` needs no type, and throws what the body throws") { folder =>
    val source = Files.writeString(
      folder.resolve("Failing.kt"),
      """import dagsterpipes.Pipes
        |fun fails(args: Array<String>): String = try {
        |    Pipes.run(args) { throw java.io.IOException("of the body") }
        |    "nothing was thrown"
        |} catch (e: java.io.IOException) { e.message!! }
        |""".stripMargin
    )
    val classes  = folder.resolve("classes")
    val options  = Array("-no-stdlib", "-no-reflect", "-classpath")
    val compiler = new org.jetbrains.kotlin.cli.jvm.K2JVMCompiler
    val code = compiler.exec(
      new PrintStream(System.err, true),
      options ++ Array(System.getProperty("java.class.path"), "-d", classes.toString) ++
        Array(examples.resolve("Orders.kt").toString, source.toString): _*
    )
    assertEquals(code.toString, "OK")
    val loader = new URLClassLoader(Array(classes.toUri.toURL), getClass.getClassLoader)
    def call(name: String, method: String, messages: String): AnyRef =
      loader
        .loadClass(name)
        .getMethod(method, classOf[Array[String]])
        .invoke(null, arguments(folder, messages).asInstanceOf[AnyRef])
    try {
      call("OrdersKt", "main", "messages")
      checkReported(folder)
      assertEquals(call("FailingKt", "fails", "failure"), "of the body")
      val failure = reported(folder.resolve("failure"))
      assertEquals(failure.map(_._1), List("opened", "closed"))
      assert(failure.last._2.containsKey("exception"))
    } finally loader.close()
  }

  folder.test("Groovy: a closure is a body, and a GString is text, as a name, too") { folder =>
    val shell = new groovy.lang.GroovyShell
    shell.run(examples.resolve("orders.groovy").toFile, arguments(folder))
    checkReported(folder)
    assertEquals(
      Json.write(JsonTree.of(shell.evaluate(GStrings), "x")),
      """{"k1":"v1","l":1}"""
    )
  }

  folder.test("Clojure: keywords are names and text without their colon") { folder =>
    clojure.main.main(examples.resolve("orders.clj").toString +: arguments(folder))
    checkReported(folder)
    def sent(code: String) =
      Json.write(JsonTree.of(clojure.lang.Compiler.load(new java.io.StringReader(code)), "x"))
    assertEquals(
      sent("""(array-map :shop/rows 1N :state :ok "l" '(1 [2.5] nil))"""),
      """{"shop/rows":1,"state":"ok","l":[1,[2.5],null]}"""
    )
    val same = intercept[JsonTree.Unsendable](sent("""{:a 1 "a" 2}"""))
    assertEquals((same.path, same.found), ("x", "two keys that are both `a` as text"))
  }
}
