package dagsterpipes.instrument

import java.util.{Collections, LinkedHashMap => JLinkedHashMap, LinkedHashSet => JLinkedHashSet}

import scala.collection.JavaConverters._

/** Known, made from nothing, unknown: three things. */
class ColumnSuite extends munit.FunSuite {
  private val key     = new SourceColumn("shop/orders", "key")
  private val known   = Column.from(Collections.singleton(key))
  private val unknown = Column.unknown("a subquery")

  test("an unknown column has a reason, and no sources that could be taken for none") {
    assert(!unknown.isKnown && !unknown.hasSources)
    assertEquals(unknown.whyUnknown, "a subquery")
    assertEquals(
      intercept[IllegalStateException](unknown.sources).getMessage,
      "The sources of the column are unknown: a subquery"
    )
    intercept[NullPointerException](Column.unknown(null))
  }

  test("a known column has no reason, be it made from nothing") {
    for (column <- Seq(known, Column.CONSTANT)) {
      assert(column.isKnown)
      intercept[IllegalStateException](column.whyUnknown)
    }
    assert(known.hasSources && !Column.CONSTANT.hasSources)
    assert(Column.from(Collections.emptySet[SourceColumn]) eq Column.CONSTANT)
  }

  test("the sources of a column cannot be changed from outside") {
    val sources = new JLinkedHashSet[SourceColumn](Collections.singleton(key))
    val column  = Column.from(sources)
    sources.clear()
    assertEquals(column.sources.asScala.toSet, Set(key))
    intercept[UnsupportedOperationException](column.sources.clear())
  }

  test("a source column is one by its asset and its name") {
    assertEquals(new SourceColumn("shop/orders", "key"), key)
    assertEquals(new SourceColumn("shop/orders", "key").hashCode, key.hashCode)
    assertNotEquals(new SourceColumn("shop/orders", "other"), key)
    assertNotEquals(new SourceColumn("shop/others", "key"), key)
  }

  test("a lineage keeps unknown columns with their reasons, and gives Dagster what is known") {
    val columns = new JLinkedHashMap[String, Column]
    columns.put("a", known)
    columns.put("b", Column.CONSTANT)
    columns.put("c", unknown)
    val lineage = ColumnLineage.of(columns)
    columns.clear()
    assertEquals(lineage.columns.keySet.asScala.toList, List("a", "b", "c"))
    assertEquals(lineage.columns.get("c").whyUnknown, "a subquery")
    assertEquals(lineage.deps.keySet.asScala.toList, List("a"))
    intercept[UnsupportedOperationException](lineage.columns.clear())
  }

  test("no lineage, one that is left out and one of no column are not the same") {
    val none    = Collections.emptyMap[String, Column]
    val leftOut = ColumnLineage.leftOut("too large")
    assert(ColumnLineage.of(none).isFollowed)
    assert(!ColumnLineage.NONE.isFollowed && !ColumnLineage.NONE.whyLeftOut.isPresent)
    assert(!leftOut.isFollowed && leftOut.columns.isEmpty)
    assertEquals(leftOut.whyLeftOut.get, "too large")
  }

  test("what is followed counts more than a reason, a reason more than nothing") {
    val followed = ColumnLineage.of(Collections.singletonMap("a", known))
    val reason   = ColumnLineage.leftOut("one")
    val other    = ColumnLineage.leftOut("other")
    assert(followed.orElse(ColumnLineage.of(Collections.emptyMap[String, Column])) eq followed)
    assert(reason.orElse(followed) eq followed)
    assert(ColumnLineage.NONE.orElse(followed) eq followed)
    assert(reason.orElse(other) eq reason)
    assert(reason.orElse(ColumnLineage.NONE) eq reason)
    assert(ColumnLineage.NONE.orElse(reason) eq reason)
  }
}
