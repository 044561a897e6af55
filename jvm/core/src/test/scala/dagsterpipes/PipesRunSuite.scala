package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.util.{Map => JMap}

import dagsterpipes.Session._
import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.message.PipesMessage
import dagsterpipes.params.{EnvironmentParamsLoader, MapParamsLoader}
import dagsterpipes.write.{MessageWriter, MessageWriterChannel}

class PipesRunSuite extends munit.FunSuite {

  /** Keeps the methods of all messages; its channel can be told to fail. */
  private final class Recorder(failOn: String = "", failClose: Boolean = false) extends MessageWriter {
    val methods = new java.util.concurrent.CopyOnWriteArrayList[String]
    val lines   = new java.util.concurrent.CopyOnWriteArrayList[String]
    override def open(params: JMap[String, Object]): MessageWriterChannel = new MessageWriterChannel {
      override def write(message: PipesMessage): Boolean = {
        if (message.method == failOn) throw new PipesIoException(s"no $failOn", false)
        methods.add(message.method)
        lines.add(message.line)
        true
      }
      override def close(): Unit = if (failClose) throw new PipesIoException("no close", false)
    }
  }

  private def builder(recorder: Recorder) =
    Pipes.builder().paramsLoader(loader(data(context()), JMap.of())).messageWriter(recorder)

  private def noSession(): Unit = assertEquals(
    intercept[PipesException](Pipes.current()).getMessage,
    "PipesContext has not been initialized. You must call `Pipes.open()` or be inside of `Pipes.run`. See" +
      s" $PAGE_URL#not-closed"
  )

  test("run opens, runs the body, and closes") {
    val recorder = new Recorder
    builder(recorder).run { pipes =>
      assert(Pipes.current() eq pipes)
      pipes.log.info("x")
    }
    assertEquals(recorder.methods.toArray.toList, List[AnyRef]("opened", "log", "closed"))
    noSession()
  }

  for (
    thrown <- List[Throwable](
      new java.io.IOException("checked"),
      new OutOfMemoryError("an Error"),
      new InterruptedException
    )
  )
    test(s"run reports whatever the body throws and throws the same object on: ${thrown.getClass.getName}") {
      val recorder = new Recorder
      // Not intercept: munit lets fatal errors through.
      val caught =
        try { builder(recorder).run(_ => throw thrown); null }
        catch { case t: Throwable => t }
      assert(caught eq thrown)
      val closed = obj(recorder.lines.get(1)).get("params").asInstanceOf[JMap[String, JMap[String, Object]]]
      assertEquals(closed.get("exception").get("name"), thrown.getClass.getName: Object)
      noSession()
    }

  for (
    (what, recorder) <- List(
      "`closed` cannot be written" -> new Recorder("closed"),
      "the channel cannot close"   -> new Recorder(failClose = true)
    )
  )
    test(s"the body's failure wins when $what") {
      val thrown = new IllegalStateException("the reason")
      val caught =
        intercept[IllegalStateException](builder(recorder).run(_ => throw thrown))
      assert(caught eq thrown)
      assertEquals(caught.getSuppressed.length, 1)
      noSession()
    }

  test("a failing close of a body that went well is thrown") {
    assertEquals(
      intercept[PipesIoException](builder(new Recorder("closed")).run(_ => ())).getMessage,
      "no closed"
    )
    noSession()
  }

  test("Scala's way out of a closure is no failure") {
    val recorder = new Recorder
    def early(): Int = {
      builder(recorder).run(_ => return 7)
      0
    }
    assertEquals(early(), 7)
    assert(!recorder.lines.get(1).contains("exception"))
  }

  test("opening a second session gives the first") {
    val recorder = new Recorder
    val first    = builder(recorder).open()
    try assert(builder(new Recorder).open() eq first)
    finally first.close()
    assertEquals(recorder.methods.toArray.toList, List[AnyRef]("opened", "closed"))
  }

  test("a session whose first message cannot be written is none") {
    assertEquals(intercept[PipesIoException](builder(new Recorder("opened")).open()).getMessage, "no opened")
    noSession()
  }

  test("arguments come before system properties") {
    val file = java.nio.file.Files.createTempFile("pipes", ".jsonl")
    System.setProperty("spark.dagster.pipes.context", "never read")
    try {
      val c = params.ParamCodec.encode(data(context()))
      val m = params.ParamCodec.encode(JMap.of("path", file.toString))
      Pipes.run(
        Array("--dagster-pipes-context", c, "--dagster-pipes-messages", m),
        (pipes: PipesContext) => assertEquals(pipes.runId, "run-1")
      )
      assertEquals(java.nio.file.Files.readAllLines(file).size, 2)
    } finally {
      System.clearProperty("spark.dagster.pipes.context")
      java.nio.file.Files.delete(file)
    }
  }

  test("a process is Dagster's if its arguments, system properties or own loader have parameters") {
    assume(System.getenv(EnvironmentParamsLoader.CONTEXT) == null)
    val file = java.nio.file.Files.createTempFile("pipes", ".jsonl")
    val c    = params.ParamCodec.encode(data(context()))
    val m    = params.ParamCodec.encode(JMap.of("path", file.toString))

    def none = Pipes.builder().args(Array("--input", "orders"))
    def some = Pipes.builder().args(Array("--dagster-pipes-context", c, "--dagster-pipes-messages", m))

    assert(!none.isDagsterPipesProcess)
    assert(some.isDagsterPipesProcess)
    assert(none.paramsLoader(loader(data(context()), JMap.of())).isDagsterPipesProcess)
    assert(!some.paramsLoader(new MapParamsLoader(JMap.of())).isDagsterPipesProcess)
    System.setProperty("spark.dagster.pipes.context", c)
    System.setProperty("spark.dagster.pipes.messages", m)
    try {
      assert(none.isDagsterPipesProcess)
      none.run(pipes => assertEquals(pipes.runId, "run-1"))
      assertEquals(java.nio.file.Files.readAllLines(file).size, 2)
    } finally {
      System.clearProperty("spark.dagster.pipes.context")
      System.clearProperty("spark.dagster.pipes.messages")
      java.nio.file.Files.delete(file)
    }
  }

  test("a job that Dagster did not launch runs alone: reports do nothing, one line of warning") {
    assume(System.getenv(EnvironmentParamsLoader.CONTEXT) == null)
    val (pipes, stderr) = captureStderr {
      val pipes = Pipes.open()
      pipes.log.info("x")
      pipes.reportAssetMaterialization(JMap.of("bad", new Object))
      pipes.reportAssetCheck("x", false)
      pipes.reportCustomMessage(new Object)
      pipes
    }
    try {
      assertEquals(
        stderr,
        "[dagster-pipes] This process was not launched by a Dagster orchestration process. All calls to the Pipes" +
          " context are no-ops.\n"
      )
      assert(!pipes.isDagsterPipesProcess && !pipes.isAssetStep && !pipes.isPartitionStep && !pipes.isClosed)
      assertEquals((pipes.extras.size, pipes.retryNumber, pipes.jobName), (0, 0, null))
      assertEquals(pipes.extraOr("path", "local"), "local")
      assertEquals(
        intercept[PipesException](pipes.extra("path", classOf[String])).getMessage,
        "Extra `path` is undefined. This process was not launched by a Dagster orchestration process, so there are no" +
          " extras. For a job that also runs alone, use extraOr(\"path\", fallback)." +
          s" See $PAGE_URL#context"
      )
      for (
        call <- List[() => Any](
          () => pipes.assetKey,
          () => pipes.assetKeys,
          () => pipes.provenance,
          () => pipes.provenanceByAssetKey,
          () => pipes.codeVersion,
          () => pipes.codeVersionByAssetKey,
          () => pipes.partitionKey,
          () => pipes.partitionKeyRange,
          () => pipes.partitionTimeWindow
        )
      ) intercept[PipesException](call())
      assertEquals(
        intercept[PipesException](pipes.runId).getMessage,
        "`runId` is undefined. This process was not launched by a Dagster orchestration process. For a job that also" +
          s" runs alone, ask isDagsterPipesProcess() first. See $PAGE_URL#context"
      )
    } finally pipes.close()
    assert(pipes.isClosed)
    noSession()
  }
}
