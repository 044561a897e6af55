package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.util.{Map => JMap}
import java.util.concurrent.atomic.AtomicInteger

import scala.jdk.CollectionConverters._

import dagsterpipes.Session._
import dagsterpipes.errors.PipesException
import dagsterpipes.report._
import dagsterpipes.wire.Method

class PipesContextSuite extends munit.FunSuite {
  private def refused(body: => Any): String = intercept[PipesException](body).getMessage

  test("a step of one asset answers for it") {
    withPipes() { pipes =>
      assert(pipes.isDagsterPipesProcess && pipes.isAssetStep && !pipes.isPartitionStep)
      assertEquals((pipes.assetKey, pipes.codeVersion, pipes.provenance), ("my_asset", "v1", null))
      assertEquals((pipes.runId, pipes.jobName, pipes.retryNumber), ("run-1", "a_job", 2))
    }
  }

  test("a step of several assets answers for all of them, and for one only by key") {
    withPipes(twoAssets) { pipes =>
      assertEquals(pipes.assetKeys.asScala.toList, List("a", "b/c"))
      assertEquals(pipes.codeVersionByAssetKey.get("b/c"), "v2")
      assertEquals(pipes.provenanceByAssetKey.get("b/c").inputDataVersions.get("in"), "7")
      for (
        (name, call) <- List[(String, () => Any)](
          "assetKey"    -> (() => pipes.assetKey),
          "codeVersion" -> (() => pipes.codeVersion),
          "provenance"  -> (() => pipes.provenance)
        )
      )
        assertEquals(
          refused(call()),
          s"`$name` is undefined. Current step targets multiple assets. They are [a, b/c]: use the method for all of" +
            s" them (assetKeys(), codeVersionByAssetKey(), ...). See $PAGE_URL#asset-keys"
        )
    }
  }

  test("a step without assets has no asset key") {
    withPipes(noAssets) { pipes =>
      assert(!pipes.isAssetStep)
      assertEquals(
        refused(pipes.assetKeys),
        "`assetKeys` is undefined. Current step does not target an asset. It follows from how the asset is declared and" +
          s" launched in Dagster. Ask isAssetStep() first. See $PAGE_URL#asset-keys"
      )
    }
  }

  test("a step of one partition has its key, its range and its window") {
    withPipes(
      """"partition_key": "2013-01-01", "partition_key_range": {"start": "2013-01-01", "end": "2013-01-01"},
      "partition_time_window": {"start": "2013-01-01T00:00:00+00:00", "end": "2013-01-02T00:00:00+00:00"}"""
    ) { pipes =>
      assertEquals(
        (pipes.partitionKey, pipes.partitionKeyRange.toString),
        ("2013-01-01", "2013-01-01...2013-01-01")
      )
      assertEquals(pipes.partitionTimeWindow.end, "2013-01-02T00:00:00+00:00")
    }
  }

  test("a step of several partitions has no partition key, and a step of none says so") {
    withPipes(""""partition_key_range": {"start": "a", "end": "c"}""") { pipes =>
      assertEquals(
        refused(pipes.partitionKey),
        "`partitionKey` is undefined. Current step targets multiple partitions. They are a...c: use" +
          s" partitionKeyRange(). See $PAGE_URL#context"
      )
      assertEquals(pipes.partitionTimeWindow, null)
    }
    withPipes() { pipes =>
      assertEquals(
        refused(pipes.partitionTimeWindow),
        "`partitionTimeWindow` is undefined. Current step does not target any partitions. It follows from how the asset" +
          s" is declared and launched in Dagster. Ask isPartitionStep() first. See $PAGE_URL#context"
      )
    }
  }

  test("extras come in the types that are asked for, as long as nothing is lost") {
    withPipes(""""extras": {"n": 3, "big": 9007199254740993, "f": 3.0, "s": "x", "nil": null, "l": [1]}""") {
      pipes =>
        assertEquals(pipes.extra("n", classOf[Integer]), Integer.valueOf(3))
        assertEquals(pipes.extra("n", classOf[java.lang.Double]), java.lang.Double.valueOf(3))
        assertEquals(pipes.extra("f", classOf[java.lang.Long]), java.lang.Long.valueOf(3))
        assertEquals(pipes.extra("n", Integer.TYPE).asInstanceOf[Any], 3: Any)
        assertEquals(pipes.extra("n", classOf[java.math.BigDecimal]), new java.math.BigDecimal(3))
        assertEquals(pipes.extra("nil"), null)
        assertEquals(pipes.extraOr("s", "other"), "x")
        assertEquals(pipes.extraOr("nil", "other"), "other")
        assertEquals(pipes.extraOr("absent", "other"), "other")
        assertEquals(pipes.extraOr("n", Integer.valueOf(5)), Integer.valueOf(3))
        assertEquals(pipes.extraOr("l", new java.util.ArrayList[Any]()), java.util.Arrays.asList[Any](1L))
        assertEquals(pipes.extras.size, 6)
        for (
          (key, wanted, got) <- List(
            ("s", classOf[Integer], "a string"),
            ("n", classOf[String], "the number 3"),
            ("big", classOf[Integer], "the number 9007199254740993"),
            ("big", classOf[java.lang.Double], "the number 9007199254740993")
          )
        )
          assertEquals(
            refused(pipes.extra[Any](key, wanted.asInstanceOf[Class[Any]])),
            s"Invalid value for parameter `$key` of `extra(String, Class)`. Expected a value that fits" +
              s" `${wanted.getName}`, got $got, in the extras sent by the orchestration side. Ask for the type that is" +
              s" sent, or send the type that is asked for. See $PAGE_URL#context"
          )
    }
  }

  test("an extra that is no finite number, or too large for a double, is refused where exactness counts") {
    val huge = "9" * 400
    withPipes(s""""extras": {"nan": NaN, "inf": -Infinity, "over": 1e999, "huge": $huge}""") { pipes =>
      for (
        (key, wanted, got) <- List(
          ("nan", classOf[java.math.BigDecimal], "NaN"),
          ("inf", classOf[java.math.BigDecimal], "-Infinity"),
          ("over", classOf[java.math.BigDecimal], "Infinity"),
          ("nan", classOf[java.math.BigInteger], "NaN"),
          ("inf", classOf[java.lang.Long], "-Infinity"),
          ("huge", classOf[java.lang.Double], huge)
        )
      )
        assertEquals(
          refused(pipes.extra[Any](key, wanted.asInstanceOf[Class[Any]])),
          s"Invalid value for parameter `$key` of `extra(String, Class)`. Expected a value that fits" +
            s" `${wanted.getName}`, got the number $got, in the extras sent by the orchestration side. Ask for the type" +
            s" that is sent, or send the type that is asked for. See $PAGE_URL#context"
        )
      assert(pipes.extra("nan", classOf[java.lang.Double]).isNaN)
      assertEquals(pipes.extra("huge", classOf[java.math.BigDecimal]), new java.math.BigDecimal(huge))
    }
  }

  test("an extra that was not sent names those that were") {
    def expected(sent: String) =
      "Extra `path` is undefined. Extras must be provided by user. The orchestration side" +
        s" sent $sent: add it to extras={...} where the job is launched, or use extraOr" + "(\"path\", fallback). See" +
        s" $PAGE_URL#context"
    withPipes(""""extras": {"Path": 1, "other": 2}""")(p =>
      assertEquals(refused(p.extra("path")), expected("the extras [Path, other]"))
    )
    withPipes()(p => assertEquals(refused(p.extra("path", classOf[String])), expected("no extras")))
  }

  test("a report without an asset key is for the step's only asset") {
    withSession() { session =>
      session.pipes.reportAssetMaterialization(JMap.of("rows", 3))
      assertEquals(
        session.last,
        "report_asset_materialization" -> json(
          """{"asset_key": "my_asset", "data_version": null, "metadata": {"rows": {"raw_value": 3, "type": "__infer__"}}}"""
        )
      )
      session.pipes.reportAssetCheck("ok", true)
      assertEquals(
        session.last,
        "report_asset_check" -> json(
          """{"asset_key": "my_asset", "check_name": "ok", "passed": true, "metadata": null, "severity": "ERROR"}"""
        )
      )
    }
  }

  test("a report for an asset that the step does not target is refused") {
    withSession(twoAssets) { session =>
      assertEquals(
        refused(session.pipes.reportAssetMaterialization(AssetMaterialization.empty().withAssetKey("b"))),
        "Invalid asset key. Expected one of `[a, b/c]`, got `b`. Parameter `assetKey` of `reportAssetMaterialization`," +
          " passed by this job. Pass a key that the step targets, its parts joined by `/`. See" +
          s" $PAGE_URL#asset-keys"
      )
      assertEquals(session.lines.size, 1)
    }
  }

  test("a report without an asset key where the step has several, or none, is refused") {
    withPipes(twoAssets) { pipes =>
      assertEquals(
        refused(pipes.reportAssetMaterialization()),
        "Calling `reportAssetMaterialization` without passing an asset key is undefined. Current step targets multiple" +
          s" assets. Pass one of [a, b/c]. See $PAGE_URL#asset-keys"
      )
    }
    withPipes(noAssets) { pipes =>
      assertEquals(
        refused(pipes.reportAssetCheck("x", true)),
        "Calling `reportAssetCheck` without passing an asset key is undefined. Current step does not target a specific" +
          s" asset. Pass the asset key of the report. See $PAGE_URL#asset-keys"
      )
    }
  }

  test("an asset is materialized once; one whose report was refused can still be") {
    withSession() { session =>
      intercept[PipesException](session.pipes.reportAssetMaterialization(JMap.of("bad", new Object)))
      session.pipes.reportAssetMaterialization()
      assertEquals(
        refused(session.pipes.reportAssetMaterialization()),
        "Calling `reportAssetMaterialization` with asset key `my_asset` is undefined. Asset has already been" +
          " materialized, so no additional data can be reported for it. Collect the metadata and report the asset once." +
          s" See $PAGE_URL#asset-keys"
      )
      assertEquals(session.lines.size, 2)
    }
  }

  test("of two threads that report an asset at the same moment one is refused") {
    val refusals = new AtomicInteger
    var second   = Option.empty[Thread]
    lazy val recorded: Recorded = new Recorded(message =>
      if (message.method == Method.REPORT_ASSET_MATERIALIZATION && second.isEmpty) {
        // In the middle of the first report: the second one waits, or has ended, before the first one is through.
        val reporting = new Thread(() =>
          try Pipes.current().reportAssetMaterialization()
          catch { case _: PipesException => refusals.incrementAndGet(): Unit }
        )
        second = Some(reporting)
        reporting.start()
        val end = System.nanoTime + 20L * 1000 * 1000 * 1000
        while (reporting.isAlive && reporting.getState != Thread.State.BLOCKED && System.nanoTime < end)
          Thread.onSpinWait()
      }
    )
    recorded.session() { pipes =>
      pipes.reportAssetMaterialization()
      second.get.join()
    }
    assertEquals(recorded.methods.count(_ == Method.REPORT_ASSET_MATERIALIZATION), 1)
    assertEquals(refusals.get, 1)
  }

  test("a check without a name and a custom message that is no JSON are refused") {
    withPipes() { pipes =>
      assertEquals(
        refused(pipes.reportAssetCheck(null, true)),
        "Invalid value for parameter `checkName` of `reportAssetCheck`. Expected a value, got null, passed by this job." +
          s" Pass one. See $PAGE_URL#metadata"
      )
      assertEquals(
        refused(pipes.reportCustomMessage(JMap.of("t", new Thread))),
        "Invalid value for parameter `payload.t` of `reportCustomMessage`. Expected a string, boolean, number, null, or" +
          " a list or map of these, got a java.lang.Thread, passed by this job. Convert it first, with toString() for" +
          s" example. See $PAGE_URL#metadata"
      )
    }
  }

  test("nothing can be sent after the session is closed, and closing again does nothing") {
    withSession() { session =>
      session.pipes.close()
      session.pipes.close(new RuntimeException("late"))
      assert(session.pipes.isClosed)
      assertEquals(session.messages.map(_._1), List("opened", "closed"))
      assertEquals(
        refused(session.pipes.log.info("x")),
        "Cannot send message after pipes context is closed. Expected an open session, got a message `log` after the" +
          " session was closed, passed by this job. Report before Pipes.run's body ends or close() is called, and wait" +
          s" there for threads that report. See $PAGE_URL#not-closed"
      )
    }
  }

  test("every level arrives under Dagster's name for it, and null as text") {
    withSession() { session =>
      session.pipes.log.warn("w")
      session.pipes.log.critical(null)
      assertEquals(
        session.messages.tail.map(_._2: Any),
        List(
          json("""{"message": "w", "level": "WARNING"}"""),
          json("""{"message": "null", "level": "CRITICAL"}""")
        )
      )
    }
  }
}
