package dagsterpipes

import java.io.IOException
import java.util.{Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.json.Json
import dagsterpipes.report.ThrowableParams

class ThrowableSuite extends munit.FunSuite {
  private type Params = JMap[String, Object]

  private def of(thrown: Throwable): Params = ThrowableParams.of(thrown)

  private def stack(params: Params): List[String] =
    params.get("stack").asInstanceOf[java.util.List[String]].asScala.toList

  private def cause(params: Params): Params = params.get("cause").asInstanceOf[Params]

  private def chain(params: Params): List[Params] =
    Iterator.iterate(params)(cause).takeWhile(_ != null).toList

  private def bare(message: String, cause: Throwable = null): RuntimeException =
    new RuntimeException(message, cause) { setStackTrace(Array.empty) }

  private def notes(params: Params): List[String] =
    stack(params).filterNot(_.trim.startsWith("at ")).map(_.stripLineEnd)

  test("an exception has its bare message, class name, stack lines with ends, and its causes to the last") {
    val params = of(new RuntimeException("outer", new IllegalStateException("middle", new Error("inner"))))
    assertEquals(params.keySet.asScala.toList, List("message", "stack", "name", "cause", "context"))
    assertEquals(params.get("message"), "outer": Object)
    assertEquals(params.get("name"), "java.lang.RuntimeException": Object)
    assertEquals(params.get("context"), null)
    assertEquals(chain(params).map(_.get("message")), List[Object]("outer", "middle", "inner"))
    // Dagster's web page shows message and stack only: the stack has the class, too.
    assertEquals(stack(params).head, "java.lang.RuntimeException\n")
    assert(stack(params)(1).matches("(?s)  at dagsterpipes\\.ThrowableSuite.*\\n"), stack(params)(1))
  }

  test("an exception without a message has its class's name, one without a stack its class alone") {
    assertEquals(of(new NullPointerException).get("message"), "java.lang.NullPointerException": Object)
    assertEquals(stack(of(bare(null))), List(bare(null).getClass.getName + "\n"))
  }

  test("whatever an exception's own methods throw or return, it is reported") {
    val throwing = new RuntimeException {
      override def getMessage: String                      = throw new StackOverflowError
      override def getStackTrace: Array[StackTraceElement] = throw new IllegalStateException
      override def getCause: Throwable                     = throw new LinkageError
    }
    assertEquals(of(throwing).get("message"), "(its getMessage() threw java.lang.StackOverflowError)": Object)
    assertEquals(stack(of(throwing)), List(throwing.getClass.getName + "\n"))
    val empty = new RuntimeException("m") {
      override def getStackTrace: Array[StackTraceElement] = null
    }
    assertEquals(stack(of(empty)).size, 1)
  }

  test("causes that form a circle are cut with a note") {
    val a = new RuntimeException("a")
    val b = new RuntimeException("b", a)
    a.initCause(b)
    val links = chain(of(a))
    assertEquals(links.map(_.get("message")), List[Object]("a", "b"))
    assertEquals(
      notes(links.last).last,
      "(The causes form a circle.) Caused by: java.lang.RuntimeException: a (the same exception again)"
    )
  }

  test("suppressed exceptions stand in the stack, with all of their causes and their own suppressed") {
    val thrown  = new RuntimeException("main", new Error("why"))
    val closing = new IOException("while closing", new IOException("disk", new Error("sector 7")))
    closing.addSuppressed(new IllegalStateException("while flushing"))
    thrown.addSuppressed(closing)
    thrown.addSuppressed(thrown.getCause)
    assertEquals(
      notes(of(thrown)),
      List(
        "java.lang.RuntimeException",
        "  Suppressed: java.io.IOException: while closing",
        "    Suppressed: java.lang.IllegalStateException: while flushing",
        "  Caused by: java.io.IOException: disk",
        "  Caused by: java.lang.Error: sector 7",
        "  Suppressed: java.lang.Error: why (the same exception again)"
      )
    )
  }

  test("suppressed exceptions that form a circle end") {
    val a = bare("a")
    val b = bare("b")
    a.addSuppressed(b)
    b.addSuppressed(a)
    assertEquals(notes(of(a)).last, s"    Suppressed: ${a.getClass.getName}: a (the same exception again)")
  }

  test("causes past the tenth, which Dagster's web page does not show, stand in the stack of the tenth") {
    val deep  = (1 to 30).foldLeft(new RuntimeException("0"))((e, i) => new RuntimeException(i.toString, e))
    val links = chain(of(deep))
    assertEquals(links.map(_.get("message")), (30 to 20 by -1).map(_.toString: Object).toList)
    assertEquals(
      notes(links.last).tail,
      (19 to 0 by -1).map(i => s"Caused by: java.lang.RuntimeException: $i").toList
    )
  }

  test("a chain that makes new causes for ever ends in a note") {
    class Endless extends RuntimeException("again") {
      override def getCause: Throwable = new Endless
    }
    val last = chain(of(new Endless)).last
    assertEquals(stack(last).last, "... more than 100 causes, the others are left out\n")
    val thrown = new RuntimeException("main")
    thrown.addSuppressed(new Endless)
    assert(stack(of(thrown)).last.endsWith("more lines left out\n"))
  }

  test("a stack overflow keeps its 1024 frames") {
    def endless(n: Int): Int = endless(n + 1) + 1
    val thrown = // munit's intercept lets a VirtualMachineError through
      try new IllegalStateException(endless(0).toString)
      catch { case e: StackOverflowError => e }
    assertEquals(thrown.getStackTrace.length, 1024)
    assertEquals(stack(of(thrown)).size, thrown.getStackTrace.length + 1)
  }

  test("an error stays below what Dagster's event log keeps, and says what it left out") {
    def text(c: String) = c * 2000000
    val one             = of(bare(text("x")))
    val several         = of((1 to 8).foldLeft(bare("0"))((e, _) => bare(text("ß"), e)))
    val frames          = Array.fill(50000)(new StackTraceElement("acme.Job", "main", "Job.scala", 1))
    val deep            = bare("deep")
    deep.setStackTrace(frames)
    for (params <- List(one, several, of(deep)))
      assert(Json.write(params).length < 450000, Json.write(params).length)
    assert(one.get("message").toString.endsWith("x... (1800000 more characters left out)"))
    assertEquals(chain(several).size, 9)
    assert(chain(several).init.forall(_.get("message").toString.endsWith("more characters left out)")))
    assert(stack(of(deep)).last.matches("  \\.\\.\\. \\d+ more lines left out\n"), stack(of(deep)).last)
  }
}
