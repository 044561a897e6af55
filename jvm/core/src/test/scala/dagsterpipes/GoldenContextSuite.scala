package dagsterpipes

import java.util.{List => JList, Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.Session._
import dagsterpipes.context._
import dagsterpipes.errors.PipesException
import dagsterpipes.report.{AssetCheck, AssetMaterialization}

/** Contexts that Dagster made, and the answers of dagster_pipes in each: we answer the same, and refuse in the same
  * words.
  */
class GoldenContextSuite extends munit.FunSuite {
  private val accessors: Map[String, PipesContext => Any] = Map(
    "is_asset_step"           -> (_.isAssetStep),
    "asset_key"               -> (_.assetKey),
    "asset_keys"              -> (_.assetKeys),
    "provenance"              -> (p => fields(p.provenance)),
    "provenance_by_asset_key" -> (p => p.provenanceByAssetKey.asScala.map(e => e._1 -> fields(e._2)).asJava),
    "code_version"            -> (_.codeVersion),
    "code_version_by_asset_key"            -> (_.codeVersionByAssetKey),
    "is_partition_step"                    -> (_.isPartitionStep),
    "partition_key"                        -> (_.partitionKey),
    "partition_key_range"                  -> (p => fields(p.partitionKeyRange)),
    "partition_time_window"                -> (p => fields(p.partitionTimeWindow)),
    "run_id"                               -> (_.runId),
    "job_name"                             -> (_.jobName),
    "retry_number"                         -> (_.retryNumber.toLong),
    "extras"                               -> (_.extras),
    "get_extra(text)"                      -> (_.extra("text")),
    "get_extra(null)"                      -> (_.extra("null")),
    "report_asset_materialization()"       -> (_.reportAssetMaterialization()),
    "report_asset_materialization() again" -> (_.reportAssetMaterialization()),
    "report_asset_materialization(other)"  -> (_.reportAssetMaterialization(of("other"))),
    "report_asset_materialization('')"     -> (_.reportAssetMaterialization(of(""))),
    "report_asset_check(c)"                -> (_.reportAssetCheck("c", true)),
    "report_asset_check(c, other)" -> (_.reportAssetCheck(AssetCheck.of("c", true).withAssetKey("other"))),
    "is_closed"                    -> (_.isClosed),
    "close() twice"                -> (p => { p.close(); p.close() }),
    "is_closed after close"        -> (_.isClosed),
    "log.info after close"         -> (_.log.info("late")),
    "report_custom_message after close" -> (_.reportCustomMessage("late"))
  )

  private val rows = json(Golden.text("accessors.json")).asInstanceOf[JList[JMap[String, Any]]].asScala.toList

  /** The reference says here that there is no partition, though there are several; its own words for that go unused. */
  private val saidBetter = Map(
    (
      "partition_range_by_hand",
      "partition_key"
    ) -> "`partitionKey` is undefined. Current step targets multiple partitions."
  )

  test("a row for every accessor in every context, and no other") {
    assertEquals(rows.map(_.get("accessor").toString).toSet, accessors.keySet)
    assertEquals(rows.map(_.get("context").toString).distinct.sorted, Golden.names("contexts"))
    assertEquals(rows.size, accessors.size * Golden.names("contexts").size)
  }

  for ((name, asked) <- rows.groupBy(_.get("context").toString).toList.sortBy(_._1)) {
    test(s"a context of Dagster is read whole, and every accessor answers as the reference: $name") {
      val file = Golden.root.resolve(s"tests/golden/contexts/$name.json").toString
      assertEquals(
        new DefaultContextLoader().load(JMap.of("path", file)).raw(),
        obj(Golden.text(s"contexts/$name.json"))
      )
      val pipes =
        Pipes
          .builder()
          .paramsLoader(loader(JMap.of("path", file), JMap.of("path", "/dev/null", "of", name)))
          .open()
      try
        asked.foreach { row =>
          val accessor = row.get("accessor").toString
          val clue     = s"$accessor in $name"
          if (row.containsKey("error")) {
            val expected = saidBetter.getOrElse((name, accessor), inJava(row.get("error").toString))
            val message  = intercept[PipesException](accessors(accessor)(pipes)).getMessage
            assert(message.startsWith(expected), s"$clue: expected `$expected`, got `$message`")
          } else
            accessors(accessor)(pipes) match {
              case ()    => assertEquals(row.get("value"), null, clue)
              case value => assertEquals(value, row.get("value"), clue)
            }
        }
      finally pipes.close()
    }
  }

  /** The reference's sentence with our names in it, and without the words that it puts before another sentence. */
  private def inJava(sentence: String): String = {
    val camel = "`[a-z_]+`".r.replaceAllIn(
      sentence.stripPrefix("Missing required property: "),
      name => "_([a-z])".r.replaceAllIn(name.matched, _.group(1).toUpperCase)
    )
    // Lists as Java prints them.
    "`\\[.*\\]`".r.replaceAllIn(
      camel,
      list => java.util.regex.Matcher.quoteReplacement(unquoted(list.matched))
    )
  }

  private def unquoted(list: String) = list.replace("'", "").replace("\\\\", "\\")

  private def of(key: String) = AssetMaterialization.empty().withAssetKey(key)

  private def fields(value: Any): Any = value match {
    case null                     => null
    case range: PartitionKeyRange => JMap.of("start", range.start, "end", range.end)
    case window: TimeWindow       => JMap.of("start", window.start, "end", window.end)
    case provenance: DataProvenance =>
      JMap.of(
        "code_version",
        provenance.codeVersion,
        "input_data_versions",
        provenance.inputDataVersions,
        "is_user_provided",
        provenance.isUserProvided
      )
  }
}
