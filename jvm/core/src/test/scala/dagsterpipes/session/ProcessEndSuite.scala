package dagsterpipes.session

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.util.Collections

import scala.jdk.CollectionConverters._

import dagsterpipes.message.PipesMessage
import dagsterpipes.write.MessageWriterChannel

/** The reason that the threads' stacks tell in processes that the tests cannot start: on YARN, and on other JDKs. */
class ProcessEndSuite extends munit.FunSuite {
  private val session = new Session(
    Collections.emptyMap(),
    null,
    new MessageWriterChannel {
      override def write(message: PipesMessage): Boolean = true
      override def close(): Unit                         = ()
    },
    false
  )

  private def stack(frames: String*): Array[StackTraceElement] = frames.map { frame =>
    val dot = frame.lastIndexOf('.')
    new StackTraceElement(frame.substring(0, dot), frame.substring(dot + 1), "File.scala", 7)
  }.toArray

  private def end(threads: (String, Array[StackTraceElement])*): ProcessEnd =
    ProcessEnd.of(threads.map { case (name, frames) => (new Thread(name): Thread) -> frames }.toMap.asJava)

  private val runsHooks =
    Seq("java.lang.Thread.join", "java.lang.ApplicationShutdownHooks.runHooks", "java.lang.Shutdown.runHooks")
  private val exit = Seq("java.lang.Shutdown.exit", "java.lang.Runtime.exit", "java.lang.System.exit")
  private val idle = "idle" -> stack("java.lang.Object.wait", "acme.Pool.run")

  test("Spark's ApplicationMaster is named for what it does after every main") {
    val master = "org.apache.spark.deploy.yarn.ApplicationMaster$.main"
    val ended  = end(idle, "main" -> stack(runsHooks ++ exit :+ master: _*))
    assert(!ended.isFromOutside)
    assert(ended.failure(session) == null)
    assertEquals(
      ended.warning(session),
      "The Pipes session was not closed: Spark's ApplicationMaster ended the process with System.exit, as it does after" +
        " every main, whether that returned or failed. Close it with Pipes.run or try-with-resources. See" +
        s" $PAGE_URL#process-ended"
    )
  }

  test(
    "of several threads in System.exit the one that runs the hooks is named; Scala's sys.exit is not the caller"
  ) {
    val ended = end(
      "late"  -> stack(exit :+ "acme.Late.leave": _*),
      "first" -> stack(runsHooks ++ exit :+ "scala.sys.package$.exit" :+ "acme.First.leave": _*),
      idle
    )
    assert(
      ended
        .warning(session)
        .startsWith("System.exit was called by acme.First.leave(File.scala:7) in thread `first`"),
      ended.warning(session)
    )
  }

  test("a signal is one whoever handles it: the JDK 8 and 17, or a handler that calls System.exit") {
    for (
      frames <- Seq(
        Seq("java.lang.Shutdown.exit", "java.lang.Terminator$1.handle", "sun.misc.Signal$1.run"),
        Seq("java.lang.Shutdown.exit", "java.lang.Terminator$1.handle", "jdk.internal.misc.Signal$1.run"),
        exit ++ Seq(
          "org.apache.spark.util.SignalUtils$ActionHandler.handle",
          "jdk.internal.misc.Signal$1.run"
        )
      )
    ) {
      val ended = end(idle, "SIGTERM handler" -> stack(runsHooks ++ frames: _*))
      assert(ended.isFromOutside && ended.warning(session) == null)
      val reason = ended.failure(session)
      assertEquals(reason.getClass.getName, "dagsterpipes.errors.SessionInterrupted")
      assert(
        reason.getMessage.startsWith("The process was told to stop from outside (SIGTERM) while"),
        reason.getMessage
      )
    }
  }

  test("a request of Dagster's is no System.exit of the job") {
    val ended = end(
      idle,
      "dagster-pipes-stop" -> stack(runsHooks ++ exit :+ "dagsterpipes.session.StopRequest.end": _*)
    )
    assert(ended.isFromOutside && ended.warning(session) == null)
    assert(
      ended
        .failure(session)
        .getMessage
        .startsWith("Dagster asked the process to stop while the Pipes session was open"),
      ended.failure(session).getMessage
    )
  }

  test("a normal end is one, and where no thread is in the JDK's Shutdown it came from outside") {
    val normal = end(idle, "DestroyJavaVM" -> stack(runsHooks :+ "java.lang.Shutdown.shutdown": _*))
    assert(!normal.isFromOutside && normal.failure(session) == null)
    assert(
      normal.warning(session).contains("the program came to its end with the session open"),
      normal.warning(session)
    )
    assert(end(idle).isFromOutside)
    assert(
      end(idle)
        .failure(session)
        .getMessage
        .startsWith("The process was told to stop from outside while the Pipes")
    )
  }
}
