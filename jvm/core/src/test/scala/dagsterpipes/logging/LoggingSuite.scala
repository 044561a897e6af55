package dagsterpipes.logging

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.util.logging.{Level, Logger}

import dagsterpipes.errors.PipesException
import dagsterpipes.Recorded
import dagsterpipes.Session._
import dagsterpipes.internal.OwnWork
import dagsterpipes.wire.PipesConf
import dagsterpipes.report.LogLevel

/** `pipes.log` with exceptions, the way that every appender takes, java.util.logging, and the rules of forwardLogs. */
class LoggingSuite extends munit.FunSuite {
  private def failure: Exception =
    new IllegalStateException("outer", new RuntimeException("the orders are missing", new Error("disk")))

  private def forwarding[T](value: String)(body: => T): T = {
    System.setProperty(PipesConf.FORWARD_LOGS, value)
    try body
    finally System.clearProperty(PipesConf.FORWARD_LOGS)
  }

  test("an exception that is logged arrives with its stack and every cause, at each level") {
    val recorded = new Recorded().session() { pipes =>
      pipes.log.debug("d", failure)
      pipes.log.info("i", failure)
      pipes.log.warning("w", failure)
      pipes.log.warn("w", failure)
      pipes.log.error("e", failure)
      pipes.log.critical("c", failure)
      pipes.log.error("without", null)
    }
    assertEquals(
      recorded.logs.map(_._1),
      List("DEBUG", "INFO", "WARNING", "WARNING", "ERROR", "CRITICAL", "ERROR")
    )
    val lines = recorded.logs.head._2.linesIterator.toList
    assertEquals(lines.take(2), List("d", "java.lang.IllegalStateException: outer"))
    assert(lines(2).startsWith("\tat dagsterpipes.logging.LoggingSuite"), lines(2))
    assert(lines.contains("Caused by: java.lang.RuntimeException: the orders are missing"))
    assert(lines.contains("Caused by: java.lang.Error: disk"))
    assertEquals(recorded.logs.last._2, "without")
  }

  test("an exception that cannot be shown does not hide the line") {
    val nasty    = new RuntimeException { override def getMessage: String = throw new Error("no") }
    val recorded = new Recorded().session()(_.log.error("the line", nasty))
    assert(recorded.logs.head._2.startsWith("the line\ndagsterpipes.logging.LoggingSuite$$anon$"))
  }

  test(
    "a handler of java.util.logging is quiet until a session opens, reports while it is open, and is quiet again"
  ) {
    val logger  = Logger.getLogger("handled.Orders")
    val handler = new PipesJulHandler
    logger.setUseParentHandlers(false)
    logger.setLevel(Level.ALL)
    logger.addHandler(handler)
    try {
      logger.severe("before")
      val recorded = new Recorded().session() { _ =>
        logger.log(Level.SEVERE, "{0} rows", 3)
        logger.log(Level.WARNING, "it broke", failure)
        List(Level.INFO, Level.CONFIG, Level.FINE, Level.FINEST).foreach(logger.log(_, "x"))
        logger.log(new Level("FATAL", 1100) {}, "custom")
        logger.log(new Level("NOTICE", 850) {}, "custom")
      }
      logger.severe("after")
      assertEquals(
        recorded.logs.map(_._1),
        List("ERROR", "WARNING", "INFO", "DEBUG", "DEBUG", "DEBUG", "CRITICAL", "INFO")
      )
      assertEquals(recorded.logs.head._2, "handled.Orders: 3 rows")
      assert(
        recorded
          .logs(1)
          ._2
          .startsWith("handled.Orders: it broke\njava.lang.IllegalStateException: outer\n\tat ")
      )
    } finally logger.removeHandler(handler)
  }

  test("forwardLogs takes java.util.logging where there is nothing else") {
    val recorded = forwarding("acme=INFO,acme.Loud=OFF,ERROR") {
      new Recorded().session() { _ =>
        Logger.getLogger("acme.Orders").info("chosen by its name")
        Logger.getLogger("acme.Loud").severe("switched off")
        Logger.getLogger("acmeother").warning("too mild for the others")
        Logger.getLogger("acmeother").severe("for the others")
      }
    }
    Logger.getLogger("acme.Orders").severe("after the session")
    assertEquals(
      recorded.logs,
      List("INFO" -> "acme.Orders: chosen by its name", "ERROR" -> "acmeother: for the others")
    )
  }

  test("the rule with the longest name decides") {
    val rules                 = ForwardRules.parse(" warn , a.b = Trace, a=fatal ,a.b.c=OFF ")
    def least(logger: String) = List(100, 200, 300, 400, 500, 600).filter(rules.choose(logger, _)).lastOption
    assertEquals(least("x"), Some(300))
    assertEquals(least(""), Some(300))
    assertEquals(least(null), Some(300))
    assertEquals(least("a"), Some(100))
    assertEquals(least("a.c"), Some(100))
    assertEquals(least("ab"), Some(300))
    assertEquals(least("a.b"), Some(600))
    assertEquals(least("a.b.cd"), Some(600))
    assertEquals(least("a.b.c.d"), None)
    assert(!ForwardRules.parse("a=INFO").choose("b", 100))
  }

  test("a value that cannot be read is refused before anything is opened, in one sentence each") {
    for (
      (value, found) <- List(
        "LOUD"         -> "the level `LOUD`",
        "acme=LOUD"    -> "the level `LOUD`",
        ""             -> "a rule without a level",
        "WARN,"        -> "a rule without a level",
        "acme="        -> "a rule without a level",
        "=WARN"        -> "`=WARN`, which names no logger",
        "WARN,INFO"    -> "two levels for every logger",
        "a=WARN,a=OFF" -> "two levels for `a`"
      )
    ) {
      val recorded = new Recorded
      val message  = intercept[PipesException](forwarding(value)(recorded.session()(_ => ()))).getMessage
      assertEquals(
        message,
        "Invalid value for parameter `spark.dagster.pipes.forwardLogs` of `Pipes.open`. Expected levels with or without" +
          s" loggers, such as `WARN` or `acme=INFO,WARN`, got $found in `$value`, set by --conf or -D. Levels are TRACE," +
          s" DEBUG, INFO, WARN, ERROR, FATAL and OFF; or leave the key out. See $PAGE_URL#logging"
      )
      assertEquals(recorded.methods, Nil)
    }
  }

  test("levels that Dagster does not know become the next milder one that it does") {
    assertEquals(
      List(0, 100, 150, 200, 300, 350, 400, 500, 600, Int.MaxValue).map(LogLevels.ofLog4j(_).name),
      List("CRITICAL", "CRITICAL", "ERROR", "ERROR", "WARNING", "INFO", "INFO", "DEBUG", "DEBUG", "DEBUG")
    )
  }

  test("what the channel logs while it writes, in its threads too, is not sent through it") {
    val logger  = Logger.getLogger("channel")
    val handler = new PipesJulHandler
    logger.setUseParentHandlers(false)
    logger.addHandler(handler)
    try {
      val recorded = new Recorded({ _ =>
        logger.severe("while writing")
        val pool = new Thread(() => logger.severe("in a thread of the channel"))
        pool.start()
        pool.join()
      }).session()(_ => logger.severe("the job's own"))
      assertEquals(recorded.logs, List("ERROR" -> "channel: the job's own"))
    } finally logger.removeHandler(handler)
  }

  test("a logger never throws into the job; what is lost is counted and said") {
    val broken = new Recorded(m => if (m.method == "log") throw new IllegalStateException("full"))
    val ((), err) = captureStderr {
      broken.session()(_ => (1 to 3).foreach(_ => LogForwarder.line(LogLevel.INFO, "acme", "x", null))): Unit
    }
    assertEquals(
      err,
      "[dagster-pipes] some log lines cannot be sent to Dagster, the job goes on: java.lang.IllegalStateException:" +
        s" full\n[dagster-pipes] 3 log lines could not be sent to Dagster. See $PAGE_URL#logging\n"
    )
    assertEquals(broken.methods, List("opened", "closed"))
  }

  test("without a session nothing is formatted or sent, and the mark of the channel's work ends with it") {
    assert(!LogForwarder.isOpen)
    LogForwarder.line(LogLevel.INFO, "acme", "nobody listens", null)
    new Recorded().session() { _ =>
      assert(LogForwarder.isOpen)
      OwnWork.enter()
      OwnWork.enter()
      OwnWork.leave()
      assert(!LogForwarder.isOpen)
      OwnWork.leave()
      assert(LogForwarder.isOpen)
    }
  }
}
