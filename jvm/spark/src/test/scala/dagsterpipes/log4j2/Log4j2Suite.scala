package dagsterpipes.log4j2

import java.net.{URL, URLClassLoader}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Files

import org.apache.logging.log4j.{Level, LogManager}
import org.apache.logging.log4j.core.config.Configurator
import org.apache.logging.log4j.message.ParameterizedMessage

import dagsterpipes.FileSession
import dagsterpipes.FileSession.printedToStderr
import dagsterpipes.logging.LogFramework
import dagsterpipes.wire.PipesConf

/** log4j2's lines in Dagster: by one property, by name from a configuration, and what its console prints. */
class Log4j2Suite extends munit.FunSuite {
  private def failure = new IllegalStateException("outer", new RuntimeException("the orders are missing"))

  private def configure(lines: String): Unit = {
    val file = Files.createTempFile("log4j2", ".properties")
    Files.write(file, s"status = error\n$lines".getBytes(UTF_8))
    LogManager.getContext(false) // reconfigures only what has started
    Configurator.reconfigure(file.toUri)
    Files.delete(file)
  }

  private def console(name: String = "console", more: String = ""): String =
    s"""appender.$name.type = Console
       |appender.$name.name = $name
       |appender.$name.target = SYSTEM_ERR
       |appender.$name.layout.type = PatternLayout
       |appender.$name.layout.charset = UTF-8
       |appender.$name.layout.pattern = %p %c: %m%n%ex
       |$more
       |""".stripMargin

  private val quiet = "rootLogger.level = all\n"

  private def forwarding[T](value: String)(body: => T): T = {
    System.setProperty(PipesConf.FORWARD_LOGS, value)
    try body
    finally System.clearProperty(PipesConf.FORWARD_LOGS)
  }

  override def afterEach(context: AfterEach): Unit = Configurator.reconfigure()

  test(
    "forwardLogs sends what its rules choose, with name, level and the whole stack, and ends with the session"
  ) {
    configure(quiet)
    val orders = LogManager.getLogger("acme.Orders")
    val sent = forwarding("acme=INFO,WARN") {
      FileSession.run() { _ =>
        orders.info("read {} orders", 3)
        orders.debug("too mild")
        LogManager.getLogger("other").info("too mild")
        LogManager.getLogger("other").warn("a warning")
        orders.error("it broke", failure)
        orders.fatal("the end")
        orders.log(Level.forName("NOTICE", 350), "a level of its own")
      }
    }
    orders.error("after the session")
    assertEquals(sent.logs.map(_._1), List("INFO", "WARNING", "ERROR", "CRITICAL", "INFO"))
    assertEquals(
      sent.logs.map(_._2.linesIterator.next()).take(2),
      List("acme.Orders: read 3 orders", "other: a warning")
    )
    val stack = sent.logs(2)._2
    assert(
      stack.startsWith("acme.Orders: it broke\njava.lang.IllegalStateException: outer\n\tat dagsterpipes."),
      stack
    )
    assert(stack.contains("\nCaused by: java.lang.RuntimeException: the orders are missing\n\t... "), stack)
    assertEquals(sent.logs.last._2, "acme.Orders: a level of its own")
  }

  test("trace lines go as DEBUG when they are asked for, and not when DEBUG is") {
    configure(quiet)
    def sent(rules: String) = forwarding(rules)(FileSession.run() { _ =>
      LogManager.getLogger("acme").trace("t")
      LogManager.getLogger("acme").debug("d")
    }).logs
    assertEquals(sent("TRACE"), List("DEBUG" -> "acme: t", "DEBUG" -> "acme: d"))
    assertEquals(sent("DEBUG"), List("DEBUG" -> "acme: d"))
    assertEquals(sent("OFF"), Nil)
  }

  test("a line that is not forwarded is not formatted") {
    configure(quiet)
    var formatted = 0
    def message =
      new ParameterizedMessage("{}", new Object { override def toString = { formatted += 1; "x" } })
    forwarding("acme=INFO,WARN")(FileSession.run() { _ =>
      LogManager.getLogger("acme").debug(message)
      LogManager.getLogger("other").info(message)
      assertEquals(formatted, 0)
      LogManager.getLogger("acme").info(message)
    })
    assertEquals(formatted, 1)
  }

  test("loggers that keep their lines to themselves are forwarded too, and each line once") {
    configure(
      quiet + "logger.own.name = own\nlogger.own.level = all\nlogger.own.additivity = false\n" +
        "logger.below.name = own.below\nlogger.below.level = all\n"
    )
    val sent = forwarding("INFO")(FileSession.run() { _ =>
      LogManager.getLogger("own.below").info("one")
      LogManager.getLogger("acme").info("two")
    })
    assertEquals(sent.logs.map(_._2), List("own.below: one", "acme: two"))
  }

  test("a configuration that is replaced while the session is open is forwarded as well") {
    configure(quiet)
    val sent = forwarding("INFO")(FileSession.run() { _ =>
      LogManager.getLogger("acme").info("one")
      configure(quiet)
      LogManager.getLogger("acme").info("two")
    })
    assertEquals(sent.logs.map(_._2), List("acme: one", "acme: two"))
  }

  private val byName = quiet + """appender.dagster.type = DagsterPipes
    |appender.dagster.name = dagster
    |rootLogger.appenderRef.dagster.ref = dagster
    |rootLogger.appenderRef.dagster.level = warn
    |""".stripMargin

  test("the appender of a configuration is quiet until a session opens, and after it has closed") {
    val printed = printedToStderr {
      configure(byName)
      LogManager.getLogger("acme").error("before")
      val sent = FileSession.run() { _ =>
        LogManager.getLogger("acme").warn("during")
        LogManager.getLogger("acme").info("too mild for its reference")
      }
      LogManager.getLogger("acme").error("after")
      assertEquals(sent.logs, List("WARNING" -> "acme: during"))
    }
    assertEquals(printed, "")
  }

  test("the appender of a configuration takes that configuration's layout") {
    configure(
      byName + "appender.dagster.layout.type = PatternLayout\nappender.dagster.layout.pattern = %c{1} - %m%n\n"
    )
    val sent = FileSession.run()(_ => LogManager.getLogger("acme.Orders").warn("größer", failure))
    assert(
      sent.logs.head._2.startsWith("Orders - größer\njava.lang.IllegalStateException: outer\n"),
      sent.logs.toString
    )
  }

  test(
    "with an appender in the configuration forwardLogs is not followed, which is said: no line comes twice"
  ) {
    configure(byName)
    val printed = printedToStderr {
      val sent = forwarding("INFO")(FileSession.run()(_ => LogManager.getLogger("acme").warn("once")))
      assertEquals(sent.logs, List("WARNING" -> "acme: once"))
    }
    assert(printed.startsWith("[dagster-pipes] spark.dagster.pipes.forwardLogs is not followed: "), printed)
  }

  private val rootConsole = "rootLogger.level = info\nrootLogger.appenderRef.c.ref = console\n" +
    "rootLogger.appenderRef.c.level = warn\n"

  test("what log4j prints through a stream that it took before the session is captured, as it is printed") {
    var sent = FileSession.Sent(Nil)
    val printed = printedToStderr {
      configure(console() + rootConsole)
      sent = FileSession.run(capture = true) { pipes =>
        LogManager.getLogger("acme").warn("größer", failure)
        LogManager.getLogger("acme").info("not printed")
        pipes.log.info("next")
        System.err.println("beside it")
      }
    }
    assert(printed.startsWith("WARN acme: größer"), printed)
    assertEquals(sent.text("stderr"), printed)
    assertEquals(
      sent.messages.map(_._1),
      List("opened", "log_external_stream", "log", "log_external_stream", "closed")
    )
  }

  test(
    "a console that follows System.err is seen once, and one that is replaced while the session is open too"
  ) {
    for (more <- List("appender.console.follow = true", "")) {
      var sent = FileSession.Sent(Nil)
      val printed = printedToStderr {
        configure(console(more = more) + rootConsole)
        sent = FileSession.run(capture = true) { _ =>
          LogManager.getLogger("acme").warn("one")
          configure(console(more = more) + rootConsole)
          LogManager.getLogger("acme").warn("two")
        }
      }
      assertEquals(printed, "WARN acme: one\nWARN acme: two\n", more)
      assertEquals(sent.text("stderr"), printed, more)
    }
  }

  test("the console of log4j's built-in configuration is captured, too") {
    val bytes = new java.io.ByteArrayOutputStream
    val old   = System.out
    System.setOut(new java.io.PrintStream(bytes, true, "UTF-8"))
    val sent =
      try {
        Configurator.reconfigure()
        FileSession.run(capture = true)(_ => LogManager.getLogger("acme").error("printed"))
      } finally System.setOut(old)
    assert(bytes.toString("UTF-8").contains("ERROR acme - printed"), bytes.toString("UTF-8"))
    assertEquals(sent.text("stdout"), bytes.toString("UTF-8"))
  }

  test("a filter that a console gets while the session is open counts for the capture as well") {
    var sent = FileSession.Sent(Nil)
    val printed = printedToStderr {
      configure(console() + rootConsole)
      sent = FileSession.run(capture = true) { _ =>
        val context = LogManager.getContext(false).asInstanceOf[org.apache.logging.log4j.core.LoggerContext]
        val appender: org.apache.logging.log4j.core.appender.ConsoleAppender =
          context.getConfiguration.getAppender("console")
        appender.addFilter(
          org.apache.logging.log4j.core.filter.ThresholdFilter.createFilter(Level.ERROR, null, null)
        )
        LogManager.getLogger("acme").warn("filtered")
        LogManager.getLogger("acme").error("printed")
      }
    }
    assertEquals(printed, "ERROR acme: printed\n")
    assertEquals(sent.text("stderr"), printed)
  }

  test("without log4j on the class path the framework says that it is not in use") {
    val ours = List(classOf[Log4j2Framework], classOf[LogFramework]).map(
      _.getProtectionDomain.getCodeSource.getLocation
    )
    val alone     = new URLClassLoader(ours.toArray[URL], ClassLoader.getPlatformClassLoader)
    val framework = alone.loadClass(classOf[Log4j2Framework].getName).getConstructor().newInstance()
    assertEquals(framework.getClass.getMethod("isInUse").invoke(framework), java.lang.Boolean.FALSE: Object)
  }
}
