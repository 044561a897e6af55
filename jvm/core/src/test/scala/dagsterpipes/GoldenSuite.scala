package dagsterpipes

import java.math.BigInteger
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path, Paths}
import java.util.{Arrays => JArrays, List => JList, Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.Session._
import dagsterpipes.params.ParamCodec
import dagsterpipes.report._

/** tests/golden is read by both languages; tests/golden/make.py wrote it with Dagster's own dagster_pipes. */
class GoldenSuite extends munit.FunSuite {
  private val root: Path = Paths.get(System.getProperty("project.root"))

  private def golden(name: String): String =
    Files.readString(root.resolve("tests/golden").resolve(name), UTF_8)

  for (item <- json(golden("params.json")).asInstanceOf[JList[JMap[String, Object]]].asScala) {
    val value = item.get("value").asInstanceOf[JMap[String, Object]]
    test(s"parameters that Python encoded are read: ${item.get("name")}") {
      assertEquals(ParamCodec.decode(item.get("encoded").asInstanceOf[String], "X"), value)
    }
    test(s"parameters survive our own encoding: ${item.get("name")}") {
      assertEquals(ParamCodec.decode(ParamCodec.encode(value), "X"), value)
    }
  }

  test("the same calls give the same messages as dagster_pipes writes") {
    val expected = golden("messages.jsonl").linesIterator.toList
    val changes  = """"asset_keys": ["first", "second/part"],
      "code_version_by_asset_key": {"first": null, "second/part": "v1"}"""
    val written = withSession(changes) { session =>
      report(session.pipes)
      session.pipes.close()
      session.lines
    }
    written.zip(expected).foreach { case (ours, theirs) => assertEquals(json(ours), json(theirs)) }
    assertEquals(written.size, expected.size)
    assert(written.forall(_.forall(_ < 128)))
  }

  test("the version is the same in sbt and in Python") {
    val python  = Files.readString(root.resolve("python/dagster_pipes_jvm/_version.py"), UTF_8)
    val version = """__version__\s*(?::[^=]*)?=\s*"([^"]+)"""".r.findFirstMatchIn(python).map(_.group(1))
    assertEquals(Option(dagsterpipes.internal.Version.VALUE), version)
  }

  private def report(pipes: PipesContext): Unit = {
    for (level <- LogLevel.values)
      pipes.log.log(
        level,
        level.name.toLowerCase + ": größer \ud83d\ude80\n\t\"quoted\" \\ \u0001\u007f\u2028"
      )
    pipes.reportAssetMaterialization(
      AssetMaterialization
        .empty()
        .withAssetKey("first")
        .withDataVersion("alpha")
        .withMetadata(metadata.asJava)
    )
    pipes.reportAssetMaterialization(AssetMaterialization.empty().withAssetKey("second/part"))
    pipes.reportAssetCheck(AssetCheck.of("bare", true).withAssetKey("first"))
    pipes.reportAssetCheck(
      AssetCheck
        .of("full", false)
        .withSeverity(AssetCheckSeverity.WARN)
        .withMetadata("n", 1)
        .withAssetKey("second/part")
    )
    pipes.reportCustomMessage(JMap.of("a", JArrays.asList(null, 1, 2.5)))
    pipes.reportCustomMessage(BigInteger.ONE.shiftLeft(64))
    pipes.reportCustomMessage(0.1)
    pipes.reportCustomMessage("text")
    pipes.reportCustomMessage(JArrays.asList(1, "x"))
    pipes.reportCustomMessage(null)
  }

  private def metadata: Map[String, Any] = Map(
    "text"      -> MetadataValue.text("größer \ud83d\ude80"),
    "url"       -> MetadataValue.url("https://dagster.io"),
    "path"      -> MetadataValue.path("s3://bucket/key"),
    "notebook"  -> MetadataValue.notebook("a.ipynb"),
    "json"      -> JMap.of("a", JArrays.asList(1, 2.5, null, JMap.of("b", true))),
    "md"        -> MetadataValue.md("# ok\n"),
    "float"     -> MetadataValue.floatValue(1),
    "nan"       -> MetadataValue.floatValue(Double.NaN),
    "infinity"  -> MetadataValue.floatValue(Double.NegativeInfinity),
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
        Map[String, Any](
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
    "inferred"       -> "plain",
    "inferred int"   -> 3.toShort,
    "inferred float" -> new java.math.BigDecimal("3.00"),
    "inferred bool"  -> false,
    "inferred null"  -> null,
    "inferred list"  -> JArrays.asList(1, "a")
  )
}
