package dagsterpipes

import java.util.{Arrays => JArrays, Collections, Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.report._

class ReportSuite extends munit.FunSuite {
  private def refused(body: => Any): String = intercept[PipesException](body).getMessage

  private def stack(params: JMap[String, Object]): List[String] =
    params.get("stack").asInstanceOf[java.util.List[String]].asScala.toList

  private def cause(params: JMap[String, Object]): JMap[String, Object] =
    params.get("cause").asInstanceOf[JMap[String, Object]]

  test("a metadata value that cannot be sent is named by its path, in the report and alone") {
    val text =
      "Expected a MetadataValue, string, boolean, number, null, java.time.Instant, or a list or map of strings," +
        " booleans, numbers and nulls, got a java.lang.Thread, passed by this job. Convert it first, with toString() for" +
        " example, or build it with one of MetadataValue's methods. See TROUBLESHOOTING.md#metadata"
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
        " the number 1, passed by this job. Name every entry. See TROUBLESHOOTING.md#metadata"
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
        " MetadataValue.json(...). See TROUBLESHOOTING.md#metadata"
    )
  }

  test("a path in a cell is named with its type") {
    val path = java.nio.file.Paths.get("data")
    val message = refused(
      MetadataValue.table(JArrays.asList(TableColumn.of("a", "string")), JArrays.asList(JMap.of("a", path)))
    )
    assert(message.contains(s"got a ${path.getClass.getName}, passed by this job"), message)
  }

  test("a typed value of null is refused, a column without a type too") {
    assertEquals(
      refused(MetadataValue.text(null)),
      "Invalid value for parameter `value` of `MetadataValue (text)`. Expected a value, got null, passed by this job." +
        " Leave the entry out, or report MetadataValue.nullValue(). See TROUBLESHOOTING.md#metadata"
    )
    assertEquals(
      refused(TableColumn.of("a", null)),
      "Invalid value for parameter `type` of `TableColumn.of`. Expected a string, got null, passed by this job. Name" +
        " every column and its type. See TROUBLESHOOTING.md#metadata"
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
      internal.Json.write(lineage.rawValue),
      """{"deps_by_column":{"c":[{"asset_key":["a/b","c"],"column_name":"x"}]}}"""
    )
  }

  test("an exception has its bare message, class name, stack lines with ends, and its causes to the last") {
    val params = ThrowableParams.of(
      new RuntimeException("outer", new IllegalStateException("middle", new Error("inner")))
    )
    assertEquals(params.keySet.asScala.toList, List("message", "stack", "name", "cause", "context"))
    assertEquals(params.get("message"), "outer": Object)
    assertEquals(params.get("name"), "java.lang.RuntimeException": Object)
    assert(stack(params).head.matches("(?s)  at dagsterpipes\\.ReportSuite.*\\n"), stack(params).head)
    assertEquals(cause(cause(params)).get("message"), "inner": Object)
    assertEquals(cause(cause(cause(params))), null)
    assertEquals(params.get("context"), null)
  }

  test("an exception without a message has its class's name, one without a stack an empty list") {
    val bare = new RuntimeException(null: String) { setStackTrace(Array.empty) }
    assertEquals(
      ThrowableParams.of(new NullPointerException).get("message"),
      "java.lang.NullPointerException": Object
    )
    assertEquals(stack(ThrowableParams.of(bare)), Nil)
    val broken = new RuntimeException { override def getMessage: String = throw new IllegalStateException }
    assertEquals(ThrowableParams.of(broken).get("message"), broken.getClass.getName: Object)
  }

  test("causes that form a circle are cut with a note") {
    val a = new RuntimeException("a")
    val b = new RuntimeException("b", a)
    a.initCause(b)
    val again = cause(cause(ThrowableParams.of(a)))
    assertEquals(again.get("message"), "a (the same exception again: its causes form a circle)": Object)
    assertEquals((again.get("cause"), stack(again)), (null, Nil))
  }

  test("suppressed exceptions stand in the stack") {
    val thrown = new RuntimeException("main")
    thrown.addSuppressed(new java.io.IOException("while closing", new Error("disk")))
    val lines = stack(ThrowableParams.of(thrown))
    assert(lines.contains("  Suppressed: java.io.IOException: while closing\n"))
    assert(lines.contains("    Caused by: java.lang.Error: disk\n"))
  }

  test("a chain of a thousand causes ends in a note") {
    val deep  = (1 to 1000).foldLeft(new RuntimeException("0"))((e, i) => new RuntimeException(i.toString, e))
    val chain = Iterator.iterate(ThrowableParams.of(deep))(cause).takeWhile(_ != null).toList
    assertEquals(chain.size, 51)
    assert(chain.last.get("message").toString.endsWith("(more causes left out)"))
  }
}
