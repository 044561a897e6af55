package dagsterpipes.instrument

import java.nio.file.{Files, Path}
import java.util.{Collections, Map => JMap}
import java.util.concurrent.CountDownLatch

import scala.collection.JavaConverters._

import dagsterpipes.{FileSession, Pipes}
import dagsterpipes.json.Json
import dagsterpipes.params.{ArgumentsParamsLoader, EnvironmentParamsLoader, ParamCodec}
import dagsterpipes.session.Sessions
import dagsterpipes.wire.PipesConf
import dagsterpipes.spark.{LocalSpark, SparkSuite}
import org.apache.spark.sql.SparkSession

/** When an application's session opens and closes. Each test is a life of its own. */
class ApplicationLifeSuite extends SparkSuite {
  private var spark: SparkSession = _

  override def beforeAll(): Unit = spark = LocalSpark.open()
  override def afterAll(): Unit  = spark.stop()

  /** A place for messages, and the arguments with which Dagster launches a program that sends them there. */
  private class Launched {
    private val file: Path = Files.createTempFile("pipes", ".jsonl")
    private val context =
      Json.read("""{"asset_keys": null, "run_id": "r", "job_name": null, "retry_number": 0, "extras": {}}""")

    val arguments: Array[String] = Array(
      ArgumentsParamsLoader.CONTEXT,
      ParamCodec.encode(Collections.singletonMap("data", context)),
      ArgumentsParamsLoader.MESSAGES,
      ParamCodec.encode(Collections.singletonMap("path", file.toString))
    )

    private def messages = Files.readAllLines(file).asScala.toList.map { line =>
      Json.read(line).asInstanceOf[JMap[String, Object]].asScala
    }

    def methods: List[String] = messages.map(_("method").toString)

    def last: JMap[String, Object] = messages.last("params").asInstanceOf[JMap[String, Object]]
  }

  private def started(launched: Launched): ApplicationLife = {
    val life = new ApplicationLife(false)
    life.mainStarts(launched.arguments)
    life.applicationStarts(spark.sparkContext, "app-1")
    life
  }

  test("the session lasts to the later of the ends of main and of the SparkContext") {
    val sparkLast = new Launched
    val life      = started(sparkLast)
    life.mainEnds(null)
    assertEquals(sparkLast.methods, List("opened", "log"))
    life.applicationEnds(spark.sparkContext)
    assertEquals(sparkLast.methods, List("opened", "log", "closed"))

    val mainLast = new Launched
    val another  = started(mainLast)
    another.applicationEnds(spark.sparkContext)
    assertEquals(mainLast.methods, List("opened", "log"))
    another.mainEnds(null)
    assertEquals(mainLast.methods, List("opened", "log", "closed"))
    assert(!mainLast.last.containsKey("exception"))
  }

  test("a thread that main has left may start Spark: the session lasts, also over several SparkContexts") {
    val launched = new Launched
    val life     = new ApplicationLife(false)
    life.mainStarts(launched.arguments)
    val (go, seen, done) = (new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1))
    val work = new Thread(() => {
      go.await()
      for (id <- Seq("app-1", "app-2")) {
        life.applicationStarts(spark.sparkContext, id)
        life.applicationEnds(spark.sparkContext)
      }
      seen.countDown()
      done.await()
    })
    work.setDaemon(false)
    work.start()
    try {
      life.mainEnds(null)
      go.countDown()
      seen.await()
      assertEquals(launched.methods, List("opened", "log", "log"))
    } finally {
      go.countDown()
      done.countDown()
      work.join()
      Pipes.open(launched.arguments).close()
    }
    assertEquals(launched.methods.last, "closed")
  }

  test("what main throws first is the reason") {
    val launched = new Launched
    val life     = started(launched)
    life.mainEnds(new IllegalStateException("first"))
    life.mainEnds(new IllegalStateException("second"))
    life.applicationEnds(spark.sparkContext)
    val exception = launched.last.get("exception").asInstanceOf[JMap[String, Object]]
    assertEquals(exception.get("message"), "first": Object)
  }

  test("whoever opened the session closes it") {
    val launched = new Launched
    val pipes    = Pipes.open(launched.arguments)
    val life     = started(launched)
    life.applicationEnds(spark.sparkContext)
    life.mainEnds(null)
    assert(!pipes.isClosed)
    pipes.close()
    assertEquals(launched.methods, List("opened", "log", "closed"))
  }

  test("a session that the application opened after a library's is still the application's to close") {
    // The instrumentation compared only the first open session, and closed the application's session.
    val library     = new Launched
    val application = new Launched
    val first       = Pipes.open(library.arguments)
    val own         = Pipes.open(application.arguments)
    val life        = started(application)
    life.applicationEnds(spark.sparkContext)
    life.mainEnds(null)
    assert(!own.isClosed && !first.isClosed)
    own.close()
    first.close()
    assertEquals(application.methods, List("opened", "log", "closed"))
    assertEquals(library.methods, List("opened", "closed"))
  }

  private def nothing(life: ApplicationLife, arguments: Array[String])(implicit loc: munit.Location): Unit = {
    val printed = FileSession.printedToStderr {
      life.mainStarts(arguments)
      life.applicationStarts(spark.sparkContext, "app-1")
      assert(Sessions.first() == null)
      life.applicationEnds(spark.sparkContext)
      life.mainEnds(null)
    }
    assert(!printed.contains("pipes"), printed)
  }

  test("where Dagster has not launched the process, nothing is opened and nothing said") {
    assume(System.getenv(EnvironmentParamsLoader.CONTEXT) == null)
    nothing(new ApplicationLife(false), Array("--input", "orders"))
  }

  test("where it is switched off, nothing is opened and nothing said") {
    val launched = new Launched
    System.setProperty(PipesConf.INSTRUMENT, "false")
    try nothing(new ApplicationLife(false), launched.arguments)
    finally System.clearProperty(PipesConf.INSTRUMENT)
    assertEquals(launched.methods, Nil)
  }
}
