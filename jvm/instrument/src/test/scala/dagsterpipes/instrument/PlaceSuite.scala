package dagsterpipes.instrument

import java.util.Collections

/** Places, without a plan that they are made from. */
class PlaceSuite extends munit.FunSuite {
  private val orders =
    Place.UNKNOWN.withTable(TableName.of("sales", "orders")).withPath("s3://lake/orders").withFormat("delta")

  test("a place that is made from another one leaves it as it was") {
    orders.withTable(TableName.of("other")).withPath(null).withFormat("csv").completedBy(Place.UNKNOWN)
    assertEquals(orders.table, "sales.orders")
    assertEquals(orders.paths, Collections.singletonList("s3://lake/orders"))
    assertEquals(orders.format, "delta")
    assert(!Place.UNKNOWN.isKnown)
  }

  test("its paths cannot be changed from outside") {
    intercept[UnsupportedOperationException](orders.paths.add("s3://lake/others"))
    intercept[UnsupportedOperationException](Place.UNKNOWN.paths.add("s3://lake/others"))
    assertEquals(orders.paths.size, 1)
  }

  test("every field of every type that describes a write is final") {
    for (
      kind <- Seq(
        classOf[Place],
        classOf[Write],
        classOf[Counts],
        classOf[ColumnLineage],
        classOf[SourceColumn],
        classOf[TableName],
        classOf[FilePath],
        classOf[JdbcUrl],
        Column.CONSTANT.getClass,
        Column.unknown("why").getClass
      )
    ) {
      val changeable = kind.getDeclaredFields.filterNot { field =>
        java.lang.reflect.Modifier.isFinal(field.getModifiers)
      }
      assertEquals(changeable.map(_.getName).toList, Nil, kind)
    }
  }

  test("two places are the same by their tables, or by their paths") {
    assert(orders.isSame(Place.UNKNOWN.withTable(TableName.of("sales", "orders"))))
    assert(orders.isSame(Place.UNKNOWN.withPath("s3://lake/orders")))
    assert(orders.isSame(Place.UNKNOWN.withPath("s3a://lake/orders/")))
    assert(orders.isSame(orders.withTable(TableName.of("sales", "others"))))
    assert(!orders.isSame(Place.UNKNOWN.withTable(TableName.of("sales", "others"))))
    val elsewhere = Place.UNKNOWN.withPath("gs://lake/orders")
    assert(!orders.isSame(elsewhere))
    def lines(url: String) = Place.UNKNOWN.withTable(JdbcUrl.of(url).table("lines"))
    assert(lines("jdbc:mysql://a/shop").isSame(lines("jdbc:mysql://a/shop?user=x")))
    assert(!lines("jdbc:mysql://a/shop").isSame(lines("jdbc:mysql://b/shop")))
    assert(!orders.isSame(Place.UNKNOWN.withPath("s3://lake/others")))
  }

  test("an unknown place is no place, not even its own") {
    assert(!Place.UNKNOWN.isSame(Place.UNKNOWN))
    assertEquals(Place.UNKNOWN.inWords, "an unknown place")
  }

  test("what a place lacks comes from the one inside, but for its table") {
    val outside = Place.UNKNOWN.withFormat("parquet").completedBy(orders)
    assertEquals(outside.path, "s3://lake/orders")
    assertEquals(outside.format, "parquet")
    assertEquals(outside.table, null)
  }
}
