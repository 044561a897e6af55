package dagsterpipes.instrument

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import dagsterpipes.FileSession

/** The parts that need no Spark. */
class PartsSuite extends munit.FunSuite {
  private def asset(pattern: String, table: String, path: String) =
    Patterns.parse("key", s"""{"a/b": "$pattern"}""").assetOf(Option(table).map(TableName.of(_)).orNull, path)

  test("a pattern is the whole table or path, with stars; one without a scheme fits every scheme") {
    for (
      (pattern, path) <- Seq(
        "s3://lake/orders"    -> "s3a://lake/orders/",
        "s3://lake/orders/"   -> "s3://lake/orders",
        "s3a://lake/orders"   -> "s3n://lake/orders",
        "gs://lake/orders"    -> "gs://lake/orders",
        "lake/orders"         -> "gs://lake/orders",
        "s3*://lake/orders"   -> "s3a://lake/orders",
        "file:///data/orders" -> "file:/data/orders",
        "file:/data/orders"   -> "/data/orders",
        "/data/orders"        -> "file:/data/orders",
        "/data/orders"        -> "file:///data/orders",
        "*/orders"            -> "hdfs://name:8020/data/orders",
        "lake/day=????-*/a+b" -> "s3://lake/day=2013-01-01/a+b"
      )
    ) assertEquals(asset(pattern, null, path), "a/b", s"$pattern $path")
    for (
      (pattern, path) <- Seq(
        "orders"              -> "s3://lake/orders",
        "*/order"             -> "s3://lake/orders",
        "s3://lake/orders"    -> "gs://lake/orders",
        "hdfs:///data/orders" -> "file:/data/orders",
        "S3://lake/Orders"    -> "s3://lake/orders",
        "lake.orders"         -> "lake/orders"
      )
    ) assertEquals(asset(pattern, null, path), null, s"$pattern $path")
    assertEquals(asset("sales.*", "sales.daily", null), "a/b")
    assertEquals(asset("daily", "sales.daily", "file:/warehouse/daily"), null)
    assertEquals(asset("*", null, null), null)
    assertEquals(asset("Sales.Daily", "sales.daily", null), null)
  }

  test("a pattern of a table in Spark's own catalog has any case, and may leave out a JDBC database") {
    def fits(pattern: String, table: TableName) =
      Patterns.parse("key", s"""{"a": "$pattern"}""").assetOf(table, null) == "a"
    val ofSpark = TableName.of(org.apache.spark.sql.catalyst.TableIdentifier("Orders", Some("Raw")))
    for (pattern <- Seq("raw.orders", "RAW.Orders", "Raw.*")) assert(fits(pattern, ofSpark), pattern)
    assertEquals(ofSpark.toString, "raw.orders")
    val ofJdbc = JdbcUrl.of("jdbc:postgresql://db/shop").table("public.orders")
    for (pattern <- Seq("shop.public.orders", "public.orders")) assert(fits(pattern, ofJdbc), pattern)
    for (pattern <- Seq("orders", "Public.orders")) assert(!fits(pattern, ofJdbc), pattern)
  }

  test("the first pattern that fits counts, and text that is no JSON object is refused") {
    val patterns = Patterns.parse("key", """{"one": "*/orders", "two": "*"}""")
    assertEquals(patterns.assetOf(null, "x/orders"), "one")
    assertEquals(patterns.assetOf(null, "x/others"), "two")
    for (bad <- Seq("[]", "{", """{"a": 1}"""))
      assert(
        intercept[IllegalArgumentException](Patterns.parse("some.key", bad)).getMessage.contains("some.key")
      )
  }

  test("skew is the longest over the median time, to 5 %") {
    val times = new Durations
    assertEquals(times.skew, 0.0)
    for (_ <- 1 to 999) times.add(200)
    times.add(2000)
    assertEqualsDouble(times.skew, 10.0, 0.5)
    val long = new Durations
    long.add(0)
    long.add(Long.MaxValue / 2)
    assert(long.skew > 1)
  }

  private def guarded(failure: => Throwable, times: Int): (List[String], Int) = {
    var ran = 0
    val sent = FileSession.run() { pipes =>
      val guard = new Guard("the part", new Notices(pipes))
      for (_ <- 1 to times) guard.run { () => ran += 1; throw failure }
    }
    (sent.logs.map(_._2), ran)
  }

  test("what this Spark lacks switches a part off at once, with one line") {
    val (said, ran) = guarded(new NoSuchMethodError("LogicalPlan.children"), 5)
    assertEquals(ran, 1)
    assertEquals(
      said,
      List(
        "[pipes] the part is switched off for the rest of this application: java.lang.NoSuchMethodError:" +
          s" LogicalPlan.children. See $PAGE_URL#instrument"
      )
    )
  }

  test("another failure is said once, and switches the part off after ten") {
    val (said, ran) = guarded(new IllegalStateException("odd"), 50)
    assertEquals(ran, 10)
    assertEquals(said.size, 2)
    assert(said(1).contains("switched off"))
  }

  test("a map forgets its oldest entries") {
    val recent = new Recent[Int, Int](100)
    for (i <- 1 to 1000) recent.put(i, i)
    assertEquals(recent.size, 100)
    assert(recent.containsKey(1000) && !recent.containsKey(900))
  }
}
