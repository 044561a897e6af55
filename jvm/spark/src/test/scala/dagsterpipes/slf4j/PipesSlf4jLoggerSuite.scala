package dagsterpipes.slf4j

import org.slf4j.{Logger, LoggerFactory}

import dagsterpipes.FileSession

class PipesSlf4jLoggerSuite extends munit.FunSuite {
  private def failure = new IllegalStateException("outer", new RuntimeException("inner"))

  test("lines of a logger that is passed as a parameter arrive with their level, arguments and stack") {
    val logger: Logger = PipesSlf4jLogger.of("acme.Orders")
    assert(!logger.isErrorEnabled)
    logger.error("before")
    val sent = FileSession.run() { _ =>
      assert(logger.isTraceEnabled)
      logger.trace("t")
      logger.debug("{}", 1)
      logger.info("{} of {}", 1, 2)
      logger.warn("{} {} {}", "a", "b", "c")
      logger.error("it broke", failure)
      logger.error("{} broke", Array[Object]("it", failure): _*)
    }
    assertEquals(
      sent.logs.take(4),
      List(
        "DEBUG"   -> "acme.Orders: t",
        "DEBUG"   -> "acme.Orders: 1",
        "INFO"    -> "acme.Orders: 1 of 2",
        "WARNING" -> "acme.Orders: a b c"
      )
    )
    sent.logs.drop(4).foreach { case (level, text) =>
      assertEquals(level, "ERROR")
      assert(text.startsWith("acme.Orders: it broke\njava.lang.IllegalStateException: outer\n"), text)
      assert(text.contains("\nCaused by: java.lang.RuntimeException: inner\n"), text)
    }
  }

  test("slf4j 2's fluent calls work") {
    val sent = FileSession.run()(_ => PipesSlf4jLogger.of("a").atWarn().log("{} rows", 3))
    assertEquals(sent.logs, List("WARNING" -> "a: 3 rows"))
  }

  test("an argument whose toString throws breaks neither the job nor the line") {
    val nasty = new Object { override def toString = throw new IllegalStateException("no") }
    val sent  = FileSession.run()(_ => PipesSlf4jLogger.of("a").info("{}!", nasty))
    assertEquals(sent.logs, List("INFO" -> "a: [FAILED toString()]!"))
  }

  test("sent to an executor it becomes the logger that the executor has under that name") {
    val bytes = new java.io.ByteArrayOutputStream
    new java.io.ObjectOutputStream(bytes).writeObject(PipesSlf4jLogger.of("acme"))
    val read = new java.io.ObjectInputStream(new java.io.ByteArrayInputStream(bytes.toByteArray)).readObject()
    assertEquals(read.asInstanceOf[Logger], LoggerFactory.getLogger("acme"))
  }
}
