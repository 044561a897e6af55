package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.nio.file.{Files, Path}
import java.util.{Map => JMap}
import java.util.concurrent.{Callable, CountDownLatch, Executors, TimeUnit}

import scala.jdk.CollectionConverters._

import dagsterpipes.Session._
import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.params.EnvironmentParamsLoader

/** Sessions beside and after each other in one JVM, and what they leave behind. Other tests end real processes. */
class LifecycleSuite extends munit.FunSuite {
  private val file = FunFixture[Path](_ => Files.createTempFile("pipes", ".jsonl"), Files.delete(_))
  private val two = FunFixture.map2(
    FunFixture[Path](_ => Files.createTempFile("pipes", ".jsonl"), Files.delete(_)),
    FunFixture[Path](_ => Files.createTempFile("pipes", ".jsonl"), Files.delete(_))
  )

  private def builder(path: Path) =
    Pipes.builder().paramsLoader(loader(data(context()), JMap.of("path", path.toString)))

  private def methods(path: Path): List[String] =
    Files.readAllLines(path).asScala.toList.map(obj(_).get("method").toString)

  private def exception(path: Path): JMap[String, Object] = {
    val closed = obj(Files.readAllLines(path).asScala.last)
    closed
      .get("params")
      .asInstanceOf[JMap[String, Object]]
      .get("exception")
      .asInstanceOf[JMap[String, Object]]
  }

  file.test("after its end a session with the same message parameters is an error that says why") { path =>
    builder(path).open().close()
    assertEquals(
      intercept[PipesException](builder(path).open()).getMessage,
      "A Pipes session with the same message parameters has ended. Expected one session for each place that messages" +
        " go to, got a second one after it, passed by this job. It would write over the first one's messages. Open one" +
        " session around everything that reports, Pipes.run around main for example. See" +
        s" $PAGE_URL#second-session"
    )
    assertEquals(methods(path), List("opened", "closed"))
  }

  file.test("a session that could not be opened can be tried again") { path =>
    Files.delete(path)
    Files.createDirectory(path)
    intercept[PipesIoException](builder(path).open())
    Files.delete(path)
    builder(path).open().close()
    assertEquals(methods(path), List("opened", "closed"))
  }

  two.test("sessions with different message parameters are open side by side") { case (one, other) =>
    val first  = builder(one).open()
    val second = builder(other).open()
    assert(first ne second)
    assert(Pipes.current() eq first, "the one opened first is the process's own")
    second.log.info("to the second")
    first.close()
    assert(Pipes.current() eq second)
    second.close()
    assertEquals(methods(one), List("opened", "closed"))
    assertEquals(methods(other), List("opened", "log", "closed"))
  }

  file.test("a run inside of an open session leaves closing to whoever opened it") { path =>
    builder(path).run { outer =>
      builder(path).run(inner => assert(inner eq outer))
      intercept[IllegalStateException](
        builder(path).run(_ => throw new IllegalStateException("handled"))
      )
      outer.log.info("still open")
    }
    assertEquals(methods(path), List("opened", "log", "closed"))
    assertEquals(exception(path), null)
  }

  file.test("many threads that open at once get one session") { path =>
    val pool  = Executors.newFixedThreadPool(16)
    val start = new CountDownLatch(1)
    val opened = (1 to 16).map(_ =>
      pool.submit(new Callable[PipesContext] {
        override def call(): PipesContext = { start.await(); builder(path).open() }
      })
    )
    start.countDown()
    val contexts = opened.map(_.get(20, TimeUnit.SECONDS)).toSet
    pool.shutdown()
    assertEquals(contexts.size, 1)
    contexts.head.close()
    assertEquals(methods(path), List("opened", "closed"))
  }

  file.test("failed is told at close; the first one counts, others are shown with it") { path =>
    val first = new IllegalStateException("first")
    val pipes = builder(path).open()
    assert(pipes.failed(first) eq first)
    pipes.failed(new RuntimeException("second"))
    pipes.close(new RuntimeException("third"))
    assertEquals(exception(path).get("message"), "first": Object)
    val stack = exception(path).get("stack").toString
    assert(
      stack.contains("Suppressed: java.lang.RuntimeException: second") && stack.contains("third"),
      stack
    )
  }

  file.test("nothing is left after close: no thread, no hook, no handler") { path =>
    val threads = Thread.getAllStackTraces.keySet.asScala.filter(_.getName.startsWith("dagster-pipes"))
    assertEquals(threads.toSet, Set.empty[Thread])
    val (hooks, handler) = (shutdownHooks, Thread.getDefaultUncaughtExceptionHandler)
    val store            = MemoryStores.bucket("memory-lifecycle")
    val chunks = Pipes
      .builder()
      .paramsLoader(
        loader(
          data(context()),
          JMap.of("bucket", "memory-lifecycle", "key_prefix", "p", "upload_interval_millis", Long.box(5))
        )
      )
      .open()
    val other = builder(path).open()
    assertEquals(shutdownHooks, hooks + 1)
    assert(Thread.getDefaultUncaughtExceptionHandler ne handler)
    chunks.close()
    assertEquals(shutdownHooks, hooks + 1)
    other.close()
    assertEquals(shutdownHooks, hooks)
    assert(Thread.getDefaultUncaughtExceptionHandler eq handler)
    assert(store.closed)
    // The uploading thread is past its last statement when close returns.
    Thread.getAllStackTraces.keySet.asScala
      .filter(_.getName.startsWith("dagster-pipes"))
      .foreach(_.join(20000))
    assertEquals(
      Thread.getAllStackTraces.keySet.asScala.map(_.getName).filter(_.startsWith("dagster-pipes")).toSet,
      Set.empty[String]
    )
  }

  file.test("a handler that somebody set while the session was open stays") { path =>
    val old = Thread.getDefaultUncaughtExceptionHandler
    try {
      val pipes = builder(path).open()
      val ours  = Thread.getDefaultUncaughtExceptionHandler
      val seen  = new java.util.concurrent.CopyOnWriteArrayList[String]
      val theirs: Thread.UncaughtExceptionHandler = (t, e) => {
        seen.add(e.getMessage)
        ours.uncaughtException(t, e)
      }
      Thread.setDefaultUncaughtExceptionHandler(theirs)
      pipes.close()
      assert(Thread.getDefaultUncaughtExceptionHandler eq theirs)
      val (_, stderr) = captureStderr(die("after close"))
      assertEquals(seen.asScala.toList, List("after close"))
      assert(stderr.contains("after close"), stderr) // passed on to the handler before ours
    } finally Thread.setDefaultUncaughtExceptionHandler(old)
    assertEquals(methods(path), List("opened", "closed"))
  }

  file.test("an exception that ends a thread goes to the handler that was there before, too") { path =>
    val old  = Thread.getDefaultUncaughtExceptionHandler
    val seen = new java.util.concurrent.CopyOnWriteArrayList[String]
    Thread.setDefaultUncaughtExceptionHandler((_, e) => { seen.add(e.getMessage); () })
    try {
      val pipes = builder(path).open()
      die("lost")
      pipes.close()
    } finally Thread.setDefaultUncaughtExceptionHandler(old)
    assertEquals(seen.asScala.toList, List("lost"))
    assertEquals(methods(path), List("opened", "log", "closed"))
  }

  test("outside Dagster there is no hook and no handler, and a second open gives the first") {
    assume(System.getenv(EnvironmentParamsLoader.CONTEXT) == null)
    val (hooks, handler) = (shutdownHooks, Thread.getDefaultUncaughtExceptionHandler)
    val ((), stderr) = captureStderr {
      val pipes = Pipes.open()
      assert(Pipes.open() eq pipes)
      assertEquals(shutdownHooks, hooks)
      assert(Thread.getDefaultUncaughtExceptionHandler eq handler)
      val failure = new IllegalStateException("x")
      assert(pipes.failed(failure) eq failure)
      pipes.close(failure)
      pipes.close()
      Pipes.run((again: PipesContext) => assert(again ne pipes))
    }
    assertEquals(stderr.linesIterator.size, 2) // one line for each session
  }

  private def die(message: String): Unit = {
    val thread = new Thread(() => throw new IllegalStateException(message))
    thread.start()
    thread.join()
  }

  /** The JDK tells nobody; the suites' JVM opens java.lang. */
  private def shutdownHooks: Int = {
    val field = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks")
    field.setAccessible(true)
    field.get(null).asInstanceOf[java.util.Map[Thread, Thread]].size
  }
}
