package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.util.{Arrays => JArrays, Collections, Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.errors.PipesException
import dagsterpipes.json.Json
import dagsterpipes.report._

class ReportSuite extends munit.FunSuite {
  private def refused(body: => Any): String = intercept[PipesException](body).getMessage

  test("a metadata value that cannot be sent is named by its path, in the report and alone") {
    val text =
      "Expected a MetadataValue, string, boolean, number, null, anything of java.time, an enum constant, UUID, URI, path," +
        " or a list or map of these, got a java.lang.Thread, passed by this job. Convert it first, with toString() for" +
        s" example, or build it with one of MetadataValue's methods. See $PAGE_URL#metadata"
    assertEquals(
      refused(
        Metadata
          .toJson(JMap.of("rows", JArrays.asList(1, JMap.of("t", new Thread))), "reportAssetMaterialization")
      ),
      "Invalid value for parameter `metadata.rows[1].t` of `reportAssetMaterialization`. " + text
    )
    assertEquals(
      refused(MetadataValue.of(new Thread)),
      "Invalid value for parameter `value` of `MetadataValue.of`. " + text
    )
    assertEquals(
      refused(MetadataValue.json(JMap.of("a", new Thread))),
      "Invalid value for parameter `value.a` of `MetadataValue.json`. " + text
    )
  }

  test("a metadata name that is no string is refused") {
    val raw = Collections.singletonMap(1, "x").asInstanceOf[JMap[String, Object]]
    assertEquals(
      refused(Metadata.toJson(raw, "reportAssetCheck")),
      "Invalid type for parameter `metadata` of `reportAssetCheck`. Expected a map with string keys, got a key that is" +
        s" the number 1, passed by this job. Name every entry. See $PAGE_URL#metadata"
    )
  }

  test("a cell of a table is a scalar") {
    assertEquals(
      refused(
        MetadataValue.table(
          JArrays.asList(TableColumn.of("a", "array")),
          JArrays.asList(JMap.of("a", 1), JMap.of("a", JArrays.asList(1)))
        )
      ),
      "Invalid value for parameter `records[1].a` of `MetadataValue.table`. Expected a string, number, boolean or null," +
        " got a list, passed by this job. Convert the cell with toString(), or send the whole table with" +
        s" MetadataValue.json(...). See $PAGE_URL#metadata"
    )
  }

  test("a typed value of null is refused, a column without a type too") {
    assertEquals(
      refused(MetadataValue.text(null)),
      "Invalid value for parameter `value` of `MetadataValue (text)`. Expected a value, got null, passed by this job." +
        s" Leave the entry out, or report MetadataValue.nullValue(). See $PAGE_URL#metadata"
    )
    for (
      (parameter, call, body) <- List[(String, String, () => Any)](
        ("type", "TableColumn.of", () => TableColumn.of("a", null)),
        (
          "newTags.pii",
          "TableColumn.withTags",
          () => TableColumn.of("a", "int").withTags(Collections.singletonMap("pii", null))
        ),
        ("columns[0]", "TableSchema.of", () => TableSchema.of(null: TableColumn)),
        ("assetKey", "TableColumnDep.of", () => TableColumnDep.of(null, "id"))
      )
    )
      assertEquals(
        refused(body()),
        s"Invalid value for parameter `$parameter` of `$call`. Expected a string, got null, passed by this job. Name" +
          s" every column and its type; leave a tag, description or constraint out. See $PAGE_URL#metadata"
      )
  }

  test("what is reported is copied: a list that changes later changes nothing") {
    val list  = new java.util.ArrayList[Any](JArrays.asList(1))
    val value = MetadataValue.of(list)
    list.add(2)
    assertEquals(value.rawValue, JArrays.asList[Any](1L): Object)
  }

  test("empty metadata is sent as null") {
    assertEquals(Metadata.toJson(JMap.of(), "x"), null)
  }

  test("an escaped slash stays inside a part of an asset key") {
    val lineage =
      MetadataValue.tableColumnLineage(JMap.of("c", JArrays.asList(TableColumnDep.of("a\\/b/c", "x"))))
    assertEquals(
      Json.write(lineage.rawValue),
      """{"deps_by_column":{"c":[{"asset_key":["a/b","c"],"column_name":"x"}]}}"""
    )
  }
}
