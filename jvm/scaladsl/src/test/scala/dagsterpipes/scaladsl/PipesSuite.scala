package dagsterpipes.scaladsl

import java.nio.file.Files

import dagsterpipes.errors.PipesException
import dagsterpipes.params.ParamCodec
import dagsterpipes.report.AssetCheckSeverity
import dagsterpipes.spark.PySparkBridge

class PipesSuite extends munit.FunSuite {

  test("the design page's calls give Dagster's messages, in order") {
    val (lines, thrown) = Session.run(Map("path" -> "s3://b/p")) { pipes =>
      val rows = 3L
      pipes.log.info(s"read $rows orders from ${pipes.extra[String]("path")}")
      pipes.reportAssetMaterialization(
        metadata = Map("rows" -> rows, "report" -> Metadata.md("# ok")),
        dataVersion = "v1",
        assetKey = "flights"
      )
      pipes.reportAssetCheck("no_nulls", passed = true)
      pipes.reportAssetCheck(
        "few",
        passed = false,
        severity = AssetCheckSeverity.WARN,
        metadata = Map("n" -> 1)
      )
      pipes.reportCustomMessage(Map("a" -> Seq(1, None)))
    }
    assertEquals(thrown, None)
    val methods = lines.map(_.replaceAll(""".*"method": ?"(\w+)".*""", "$1"))
    assertEquals(
      methods.toList,
      List(
        "opened",
        "log",
        "report_asset_materialization",
        "report_asset_check",
        "report_asset_check",
        "report_custom_message",
        "closed"
      )
    )
    assert(lines(1).contains("read 3 orders from s3://b/p"), lines(1))
    assert(lines(2).contains("# ok") && lines(2).contains("v1"), lines(2))
    assert(lines(4).contains("WARN"), lines(4))
    assert(lines(5).contains("[1,null]"), lines(5))
  }

  test("what the body throws arrives in Dagster and is thrown on") {
    val failure         = new IllegalStateException("no orders")
    val (lines, thrown) = Session.run()(_ => throw failure)
    assert(thrown.exists(_ eq failure))
    assert(lines.last.contains("no orders") && lines.last.contains("IllegalStateException"), lines.last)
  }

  test("extras come as the Scala types that are asked for") {
    val extras = Map(
      "s" -> "x",
      "i" -> 1,
      "d" -> 0.5,
      "b" -> true,
      "n" -> None,
      "l" -> Seq("a", "b"),
      "m" -> Map("k" -> 1)
    )
    val (_, thrown) = Session.run(extras) { pipes =>
      assertEquals(pipes.extra[String]("s"), "x")
      assertEquals(pipes.extra[Int]("i"), 1)
      assertEquals(pipes.extra[Long]("i"), 1L)
      assertEquals(pipes.extra[Double]("i"), 1.0)
      assertEquals(pipes.extra[Double]("d"), 0.5)
      assertEquals(pipes.extra[Boolean]("b"), true)
      assertEquals(pipes.extra[Option[String]]("n"), None)
      assertEquals(pipes.extra[Option[Int]]("i"), Some(1))
      assertEquals(pipes.extra[Seq[String]]("l"), Seq("a", "b"))
      assertEquals(pipes.extra[Map[String, Int]]("m"), Map("k" -> 1))
      assertEquals(pipes.extraOr[Int]("missing", 7), 7)
      assertEquals(pipes.extraOr("s", "fallback"), "x")
      assertEquals(pipes.extras("l"), Vector("a", "b"))
      val wrong = intercept[PipesException](pipes.extra[Int]("s"))
      assert(
        wrong.getMessage.contains("Expected a whole number of at most 32 bits, got a String"),
        wrong.getMessage
      )
      intercept[PipesException](pipes.extra[String]("missing"))
      ()
    }
    assertEquals(thrown, None)
  }

  test("an extra that is no finite number is no BigDecimal, but a Double") {
    val (_, thrown) = Session.run(Map("nan" -> Double.NaN, "inf" -> Double.NegativeInfinity, "d" -> 0.5)) {
      pipes =>
        for ((key, number) <- Seq("nan" -> "NaN", "inf" -> "-Infinity")) {
          val wrong = intercept[PipesException](pipes.extra[BigDecimal](key))
          assert(
            wrong.getMessage.contains(
              s"Expected a finite number, got the number $number, in the extras sent by"
            ),
            wrong.getMessage
          )
          intercept[PipesException](pipes.extra[BigInt](key))
        }
        assert(pipes.extra[Double]("nan").isNaN)
        assertEquals(pipes.extra[BigDecimal]("d"), BigDecimal("0.5"))
    }
    assertEquals(thrown, None)
  }

  test("the context speaks Scala") {
    val (_, thrown) = Session.run() { pipes =>
      assert(pipes.isDagsterPipesProcess && pipes.isAssetStep && !pipes.isPartitionStep)
      assertEquals(pipes.assetKey, "flights")
      assertEquals(pipes.assetKeys, Seq("flights"))
      assertEquals(pipes.jobName, None)
      assertEquals(pipes.codeVersion, None)
      assertEquals(pipes.codeVersionByAssetKey, Map("flights" -> Option.empty[String]))
      assertEquals(pipes.provenance, None)
      assertEquals(pipes.runId, "4d1c1a5c")
      assertEquals(pipes.retryNumber, 0)
    }
    assertEquals(thrown, None)
  }

  test("an opened session closes once") {
    val messages = java.nio.file.Files.createTempFile("pipes-messages", ".jsonl")
    val pipes    = Pipes.open(Session.arguments(Map.empty, messages))
    assert(!pipes.isClosed)
    pipes.close()
    pipes.close()
    assert(pipes.isClosed)
    assertEquals(java.nio.file.Files.readAllLines(messages).size, 2)
  }

  test("a session that failed closes with the reason") {
    val messages = java.nio.file.Files.createTempFile("pipes-messages", ".jsonl")
    val failure  = new IllegalStateException("no orders")
    val pipes    = Pipes.open(Session.arguments(Map.empty, messages))
    assert(pipes.failed(failure) eq failure)
    pipes.close()
    val closed = java.nio.file.Files.readAllLines(messages).get(1)
    assert(closed.contains("no orders") && closed.contains("IllegalStateException"), closed)
  }

  test("an asset that Python has reported in the same session is refused") {
    val messages = Files.createTempFile("pipes-messages", ".jsonl")
    val bridge   = PySparkBridge.open(ParamCodec.encode(ToJava.map(Map("path" -> messages.toString))), null)
    bridge.write("opened", """{"method": "opened", "params": {}}""")
    bridge.write(
      "report_asset_materialization",
      """{"method": "report_asset_materialization", "params": {"asset_key": "flights"}}"""
    )
    Pipes.run(Session.arguments(Map.empty, messages)) { pipes =>
      val e = intercept[PipesException](pipes.reportAssetMaterialization())
      assert(
        e.getMessage.contains("with asset key `flights` is undefined. Asset has already been"),
        e.getMessage
      )
    }
    bridge.close()
    assertEquals(Files.readAllLines(messages).size, 2)
    Files.delete(messages)
  }
}
