package dagsterpipes

import java.math.BigInteger
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path, Paths}
import java.util.{Arrays => JArrays, Collections, LinkedHashMap => JLinkedHashMap, List => JList, Map => JMap}

import scala.collection.immutable.ListMap
import scala.jdk.CollectionConverters._

import dagsterpipes.Session._
import dagsterpipes.message.PipesMessage
import dagsterpipes.params.ParamCodec
import dagsterpipes.report._
import dagsterpipes.wire.Method

/** tests/golden is read by both languages; tests/golden/make.py wrote it with Dagster's own dagster_pipes. */
class GoldenSuite extends munit.FunSuite {
  private val text = "größer \ud83d\ude80\n\t\"quoted\" \\ \u0001\u007f\u2028"

  for (item <- json(Golden.text("params.json")).asInstanceOf[JList[JMap[String, Object]]].asScala) {
    val value = item.get("value").asInstanceOf[JMap[String, Object]]
    test(s"parameters that Python encoded are read: ${item.get("name")}") {
      assertEquals(ParamCodec.decode(item.get("encoded").asInstanceOf[String], "X"), value)
    }
    test(s"parameters survive our own encoding: ${item.get("name")}") {
      assertEquals(ParamCodec.decode(ParamCodec.encode(value), "X"), value)
    }
  }

  /** The lines between `opened` and `closed`. */
  private def written(body: PipesContext => Unit): List[String] = {
    val changes = """"asset_keys": ["first", "second/part"],
      "code_version_by_asset_key": {"first": null, "second/part": "v1"}"""
    withSession(changes) { session =>
      body(session.pipes)
      session.pipes.close()
      session.lines
    }.tail.init
  }

  private def same(ours: List[String], feature: String): Unit = {
    val theirs = Golden.lines(s"$feature.jsonl")
    ours.zip(theirs).foreach { case (our, their) => assertEquals(json(our), json(their)) }
    assertEquals(ours.size, theirs.size)
    assert(ours.forall(_.forall(c => c >= ' ' && c <= '~')), "printable ASCII only")
  }

  test("the same session opens and closes with the same messages") {
    same(withSession() { session => session.pipes.close(); session.lines }, "lifecycle")
  }

  test("the same log calls give the same messages") {
    same(
      written(pipes =>
        LogLevel.values.foreach(level => pipes.log.log(level, s"${level.name.toLowerCase}: $text"))
      ),
      "logs"
    )
  }

  test("the same metadata value of every type gives the same message") {
    same(
      written { pipes =>
        for ((name, value) <- metadata)
          pipes.reportAssetCheck(AssetCheck.of(name, true).withAssetKey("first").withMetadata("value", value))
      },
      "metadata_values"
    )
  }

  test("the same materializations give the same messages") {
    same(
      written { pipes =>
        pipes.reportAssetMaterialization(
          AssetMaterialization
            .empty()
            .withAssetKey("first")
            .withDataVersion("alpha")
            .withMetadata(metadata.asJava)
        )
        pipes.reportAssetMaterialization(AssetMaterialization.empty().withAssetKey("second/part"))
      },
      "materializations"
    )
  }

  test("the same checks give the same messages") {
    same(
      written { pipes =>
        val warning =
          AssetCheck.of("full", false).withSeverity(AssetCheckSeverity.WARN).withAssetKey("second/part")
        pipes.reportAssetCheck(AssetCheck.of("bare", true).withAssetKey("first"))
        pipes.reportAssetCheck(warning.withMetadata("n", 1))
        pipes.reportAssetCheck(AssetCheck.of("größer", false).withAssetKey("first").withMetadata(JMap.of()))
      },
      "checks"
    )
  }

  test("the same custom messages give the same messages") {
    same(
      written { pipes =>
        List[Any](
          JMap.of("a", JArrays.asList(null, 1, 2.5)),
          JMap.of[String, Any]("nan", Double.NaN, "past 2^53", 9007199254740993L),
          BigInteger.ONE.shiftLeft(64),
          0.1,
          "text",
          JArrays.asList(1, "x"),
          true,
          null
        ).foreach(pipes.reportCustomMessage)
      },
      "custom_messages"
    )
  }

  test("the same text of a stream gives the same message") {
    def message(stream: String, what: String, extras: JMap[String, _]) =
      PipesMessage
        .of(Method.LOG_EXTERNAL_STREAM, JMap.of("stream", stream, "text", what, "extras", extras))
        .line
    same(
      List("stdout", "stderr").flatMap { stream =>
        List(
          message(stream, text + "\n", JMap.of()),
          message(stream, "", JMap.of("source", JArrays.asList("driver", 1L)))
        )
      },
      "external_streams"
    )
  }

  test("an exception has the fields of the reference's, of the same types, cause within cause") {
    def shape(exception: Any): Any = exception match {
      case null => null
      case fields: JMap[_, _] =>
        fields.asScala.map {
          case ("cause", inner)           => "cause"   -> shape(inner)
          case ("context", _)             => "context" -> "the JVM has none"
          case ("stack", lines: JList[_]) => "stack"   -> lines.asScala.forall(_.toString.endsWith("\n"))
          case (name: String, value)      => name      -> value.getClass.getName
          case other                      => fail(s"unexpected $other")
        }.toMap
    }
    val ours = List(
      new RuntimeException(text),
      new RuntimeException("outer", new IllegalArgumentException("inner")),
      new RuntimeException("outer")
    )
    for ((our, their) <- ours.zip(Golden.lines("exceptions.jsonl"))) {
      val exception = obj(their).get("params").asInstanceOf[JMap[String, Any]].get("exception")
      assertEquals(shape(ThrowableParams.of(our)), shape(exception))
    }
  }

  test("the version is the same in sbt and in Python") {
    val python  = Files.readString(Golden.root.resolve("python/dagster_pipes_jvm/_version.py"), UTF_8)
    val version = """__version__\s*(?::[^=]*)?=\s*"([^"]+)"""".r.findFirstMatchIn(python).map(_.group(1))
    val ours    = new java.util.Properties
    scala.util.Using.resource(getClass.getResourceAsStream("/dagsterpipes/version.properties"))(ours.load)
    assertEquals(Option(ours.getProperty("version")), version)
  }

  test("what the JVM alone writes is what tests/unit/test_golden.py hands to Dagster's message handler") {
    val lines = written { pipes =>
      for ((name, value) <- JvmOnly.metadata)
        pipes.reportAssetCheck(AssetCheck.of(name, true).withAssetKey("first").withMetadata("value", value))
      JvmOnly.payloads.foreach(pipes.reportCustomMessage)
      pipes.log.info("half a character: \ud83d.")
    } ++ JvmOnly.throwables.map { thrown =>
      PipesMessage
        .of(Method.CLOSED, Collections.singletonMap("exception", ThrowableParams.of(thrown)))
        .line
    }
    val fresh = Golden.root.resolve("jvm/core/target/jvm_messages.jsonl")
    Files.write(fresh, lines.asJava)
    assertEquals(
      lines,
      Golden.lines("jvm_messages.jsonl"),
      s"if that is meant: cp $fresh tests/golden/"
    )
  }

  private def metadata: ListMap[String, Any] = ListMap(
    "text"      -> MetadataValue.text("größer \ud83d\ude80"),
    "url"       -> MetadataValue.url("https://dagster.io"),
    "path"      -> MetadataValue.path("s3://bucket/key"),
    "notebook"  -> MetadataValue.notebook("a.ipynb"),
    "json"      -> JMap.of("a", JArrays.asList(1, 2.5, null, JMap.of("b", true))),
    "md"        -> MetadataValue.md("# ok\n"),
    "float"     -> MetadataValue.floatValue(1),
    "nan"       -> MetadataValue.floatValue(Double.NaN),
    "infinity"  -> MetadataValue.floatValue(Double.NegativeInfinity),
    "tiny"      -> MetadataValue.floatValue(java.lang.Double.MIN_VALUE),
    "int"       -> MetadataValue.intValue(9007199254740993L),
    "big"       -> MetadataValue.intValue(BigInteger.ONE.shiftLeft(64)),
    "bool"      -> MetadataValue.boolValue(true),
    "run"       -> MetadataValue.dagsterRun("db892d7f-0031-4747-973d-22e8b9095d9d"),
    "asset"     -> MetadataValue.asset("foo/bar"),
    "null"      -> MetadataValue.nullValue(),
    "timestamp" -> java.time.Instant.parse("2013-01-01T00:00:00.500Z"),
    "table" -> MetadataValue.table(
      JArrays.asList(
        TableColumn.of("airport", "string"),
        TableColumn.of("delay", "double").withDescription("minutes")
      ),
      JArrays.asList(
        ListMap[String, Any](
          "airport" -> "JFK",
          "delay"   -> 12.5f,
          "flights" -> 3,
          "late"    -> true,
          "note"    -> null
        ).asJava
      )
    ),
    "schema" -> MetadataValue.tableSchema(
      TableSchema.of(
        TableColumn
          .of("id", "bigint")
          .withTags(JMap.of("pii", "no"))
          .withNullable(false)
          .withUnique(true)
          .withOtherConstraints(JList.of("> 0"))
      )
    ),
    "lineage" -> MetadataValue.tableColumnLineage(
      JMap.of("id", JList.of(TableColumnDep.of("up/stream", "id")))
    ),
    "inferred text"  -> "plain",
    "inferred int"   -> 3.toShort,
    "inferred float" -> new java.math.BigDecimal("3.00"),
    "inferred bool"  -> false,
    "inferred null"  -> null,
    "inferred list"  -> JArrays.asList(1, "a"),
    "inferred nan"   -> Double.NaN,
    "inferred big"   -> BigInteger.ONE.shiftLeft(64)
  )
}

/** The folder of the files. */
object Golden {
  val root: Path = Paths.get(System.getProperty("project.root"))

  private val folder = root.resolve("tests/golden")

  def text(name: String): String = Files.readString(folder.resolve(name), UTF_8)

  def lines(name: String): List[String] = text(name).split('\n').filter(_.nonEmpty).toList

  def names(subfolder: String): List[String] =
    folder.resolve(subfolder).toFile.list.toList.map(_.stripSuffix(".json")).sorted
}

/** Values that Python has not, and those that it would send so that Dagster's web page could not show them. */
private object JvmOnly {
  private val past2to53 = 9007199254740993L

  def metadata: ListMap[String, Any] = ListMap(
    "json of odd numbers" -> {
      val odd = new JLinkedHashMap[String, Any]
      odd.put("nan", Double.NaN)
      odd.put("infinities", Array(Double.PositiveInfinity, Double.NegativeInfinity))
      odd.put("past 2^53", past2to53)
      odd
    },
    "table of odd numbers" -> MetadataValue.table(
      JArrays.asList(TableColumn.of("a", "double")),
      JArrays.asList(JMap.of[String, Any]("a", Double.NaN), JMap.of[String, Any]("a", past2to53), JMap.of())
    ),
    "no timestamp"     -> MetadataValue.timestamp(Double.NaN),
    "decimal"          -> new java.math.BigDecimal("0.12345678901234567890"),
    "bare json"        -> MetadataValue.json(past2to53),
    "5001 digits"      -> BigInteger.TEN.pow(5000),
    "half a character" -> "a\ud83dz",
    "day"              -> java.time.LocalDate.of(2013, 1, 1),
    "path"             -> Paths.get("data"),
    "optional"         -> java.util.Optional.of(1)
  )

  def payloads: List[Any] = List(new java.math.BigDecimal("0.12345678901234567890"), BigInteger.TEN.pow(5000))

  def throwables: List[Throwable] = {
    val suppressed = fixed(new java.io.IOException("while closing \ud83d"))
    val whole      = fixed(new RuntimeException("größer", fixed(new NullPointerException)))
    whole.addSuppressed(suppressed)
    List(whole, (1 to 12).foldLeft(fixed(new Error("0")))((e, i) => fixed(new Error(i.toString, e))))
  }

  private def fixed[T <: Throwable](thrown: T): T = {
    thrown.setStackTrace(Array(new StackTraceElement("acme.Job", "main", "Job.scala", 7)))
    thrown
  }
}
