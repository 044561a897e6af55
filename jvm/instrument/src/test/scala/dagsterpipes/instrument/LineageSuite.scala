package dagsterpipes.instrument

import java.nio.file.Files
import java.util.Arrays

import scala.collection.JavaConverters._

import dagsterpipes.spark.{LocalSpark, SparkSuite}
import org.apache.spark.sql.{DataFrame, Row, SparkSession}
import org.apache.spark.sql.expressions.Window
import org.apache.spark.sql.functions._

/** Column lineage of analysed plans; nothing is run. */
class LineageSuite extends SparkSuite {
  private var spark: SparkSession = _
  private val folder              = Files.createTempDirectory("lineage")

  override def beforeAll(): Unit = {
    spark = LocalSpark.open("spark.sql.warehouse.dir" -> folder.toUri.toString)
    for (name <- Seq("orders", "people"))
      spark
        .range(3)
        .selectExpr("id", "id % 2 as person", "cast(id as string) as text", "array(id) as items")
        .write
        .parquet(s"$folder/$name")
  }

  override def afterAll(): Unit = spark.stop()

  private val patterns = Patterns.parse("inputs", """{"shop/orders": "*/orders", "people": "*/people"}""")

  private def orders = spark.read.parquet(s"$folder/orders")
  private def people = spark.read.parquet(s"$folder/people")

  private def followed(df: DataFrame, most: Long = 5000, millis: Long = 60000): ColumnLineage = {
    val names = Arrays.asList(df.columns: _*)
    Lineage.of(df.queryExecution.analyzed, names, new Sources(patterns), most, new TimeBudget(millis))
  }

  /** `column <- asset.column, ...` of each column that has a lineage, in the order of the columns. */
  private def lineage(df: DataFrame): List[String] =
    followed(df).deps.asScala.toList.map { case (column, deps) =>
      val texts = deps.asScala.map(dep => s"${dep.assetKey}.${dep.columnName}")
      s"$column <- ${texts.mkString(", ")}"
    }

  private def check(df: DataFrame, expected: String*)(implicit loc: munit.Location): Unit =
    assertEquals(lineage(df), expected.toList)

  test("a projection: renamed, computed and constant columns") {
    check(
      orders.selectExpr(
        "id as key",
        "concat(text, cast(person as string)) as label",
        "1 as one",
        "rand() as any"
      ),
      "key <- shop/orders.id",
      "label <- shop/orders.text, shop/orders.person"
    )
  }

  test("a join, an aggregate and a filter in between") {
    check(
      orders
        .filter("id > 1")
        .join(people.select(col("id").as("person"), col("text").as("name")), "person")
        .groupBy("name")
        .agg(sum("id").as("total"), count(lit(1)).as("n")),
      "name <- people.text",
      "total <- shop/orders.id"
    )
  }

  test("a self-join keeps both sides apart, as columns of one asset") {
    val left  = orders.as("a")
    val right = orders.as("b")
    check(
      left
        .join(right, col("a.id") === col("b.person"))
        .select(col("a.text").as("x"), col("b.person").as("y")),
      "x <- shop/orders.text",
      "y <- shop/orders.person"
    )
  }

  test("a union has what all of its parts have") {
    check(
      orders.select("id", "text").union(people.select("person", "text")),
      "id <- shop/orders.id, people.person",
      "text <- shop/orders.text, people.text"
    )
  }

  test("a union of a union and its own part") {
    val once = orders.select("id").union(people.select("id"))
    check(once.union(orders.select("id")), "id <- shop/orders.id, people.id")
    check(orders.select("id").union(once), "id <- shop/orders.id, people.id")
  }

  test("a window has the sources of its function, and not its keys") {
    check(
      orders.select(
        col("id"),
        sum("id").over(Window.partitionBy("person").orderBy("text")).as("running")
      ),
      "id <- shop/orders.id",
      "running <- shop/orders.id"
    )
  }

  test("rollup, explode, distinct, sort and limit") {
    check(
      orders.rollup("person").agg(max("id").as("last")),
      "person <- shop/orders.person",
      "last <- shop/orders.id"
    )
    check(
      orders.select(explode(col("items")).as("item")).distinct().sort("item").limit(2),
      "item <- shop/orders.items"
    )
  }

  test("each field of a struct has its own sources, also in arrays and maps, and through unions") {
    val made = orders.selectExpr("struct(id as a, text as b) as s", "person")
    check(
      made
        .union(people.selectExpr("struct(person, text) as s", "0"))
        .selectExpr("s.a as a", "s.b as b", "if(person > 0, s, null).b as c"),
      "a <- shop/orders.id, people.person",
      "b <- shop/orders.text, people.text",
      "c <- shop/orders.text, people.text, shop/orders.person"
    )
    check(
      made
        .groupBy("person")
        .agg(
          collect_list("s").as("all"),
          first("s").as("f"),
          max("s").as("m"),
          max_by(col("s"), col("person")).as("y")
        )
        .selectExpr("all[0].b as e", "all.a as g", "f.a as f", "m.a as m", "y.b as y"),
      "e <- shop/orders.text",
      "g <- shop/orders.id",
      "f <- shop/orders.id",
      "m <- shop/orders.id, shop/orders.text",
      "y <- shop/orders.text, shop/orders.person"
    )
    check(
      made
        .select(col("s").withField("A", col("person")).withField("c", col("s.a")).dropFields("b").as("s"))
        .selectExpr("s.a as a", "s.c as c", "s"),
      "a <- shop/orders.person",
      "c <- shop/orders.id",
      "s <- shop/orders.person, shop/orders.id"
    )
    check(
      orders
        .selectExpr("map(text, id, 'x', person) as m")
        .selectExpr("map_keys(m) as k", "map_values(m) as v", "m['x'] as e"),
      "k <- shop/orders.text",
      "v <- shop/orders.id, shop/orders.person",
      "e <- shop/orders.text, shop/orders.id, shop/orders.person"
    )
  }

  test("a struct of many levels is made from all that it has") {
    val deep = (1 to 100).foldLeft(col("id"))((inner, _) => struct(inner.as("x"), col("text").as("y")))
    check(orders.select(to_json(deep).as("j")), "j <- shop/orders.id, shop/orders.text")
  }

  test("a common table expression, a view and a user-defined function") {
    orders.createOrReplaceTempView("o")
    spark.udf.register("twice", (x: Long) => 2 * x)
    check(
      spark.sql(
        "with t as (select id + person as s from o) select twice(a.s) as x, b.s as y from t a join t b on a.s = b.s"
      ),
      "x <- shop/orders.id, shop/orders.person",
      "y <- shop/orders.id, shop/orders.person"
    )
  }

  test("a column from an RDD or a typed function is left out, and what is made from it") {
    val session = spark
    import session.implicits._
    val rdd = session.sparkContext.parallelize(Seq(1L -> "one")).toDF("id", "word")
    check(
      orders.join(rdd, "id").selectExpr("id", "word", "concat(text, word) as both"),
      "id <- shop/orders.id"
    )
    check(orders.select("id").as[Long].map(_ + 1).toDF("next"))
    check(
      orders.select("id").union(rdd.select("id")) // one part is not known
    )
    val rows =
      spark.createDataFrame(session.sparkContext.parallelize(Seq(Row(1L))), orders.select("id").schema)
    check(rows)
  }

  test("a column whose origin cannot be told says why, and so does what is made from it") {
    val session = spark
    import session.implicits._
    def reasons(df: DataFrame) = followed(df).columns.asScala.toList.collect {
      case (name, column) if !column.isKnown => name -> column.whyUnknown
    }
    val rdd     = session.sparkContext.parallelize(Seq(1L -> "one")).toDF("id", "word")
    val fromRdd = "it is made from an RDD, and no plan shows the functions of RDDs"
    assertEquals(
      reasons(orders.join(rdd, "id").selectExpr("id", "word", "concat(text, word) as both", "1 as one")),
      List("word" -> fromRdd, "both" -> fromRdd)
    )
    assertEquals(
      reasons(spark.createDataFrame(rdd.rdd, rdd.schema).select("id")),
      List("id" -> fromRdd)
    )
    val typed = "it is made by a typed function, which no plan shows"
    assertEquals(
      reasons(orders.select("id", "text").as[(Long, String)].map(_.swap).toDF("a", "b")),
      List("a" -> typed, "b" -> typed)
    )
    assertEquals(
      reasons(orders.groupByKey(_.getLong(1)).mapGroups((key, rows) => key -> rows.size).toDF("a", "b")),
      List("a" -> typed, "b" -> typed)
    )
    val empty = (1 to 21).map(n => Files.createDirectory(folder.resolve(s"empty$n")).toString)
    assertEquals(
      reasons(spark.read.schema("id bigint").parquet(empty: _*)),
      List("id" -> "it is read from more than 20 paths")
    )
    val columns = (1 to 501).map(n => s"c$n")
    val wide    = spark.read.schema(columns.mkString("", " bigint, ", " bigint")).parquet(empty.head)
    assertEquals(
      reasons(wide.selectExpr(columns.mkString("coalesce(", ", ", ") as any")).union(orders.select("id"))),
      List("any" -> "it is made from more than 500 columns")
    )
  }

  test("typed operations that keep columns, and joinWith, are followed") {
    val session = spark
    import session.implicits._
    check(
      orders
        .select("id", "text")
        .as[(Long, String)]
        .filter(_._1 > 0)
        .joinWith(people.select("id", "text").as[(Long, String)], lit(true))
        .selectExpr("_1.id as a", "_2.text as b", "_2"),
      "a <- shop/orders.id",
      "b <- people.text",
      "_2 <- people.id, people.text"
    )
    val total = new org.apache.spark.sql.expressions.Aggregator[Long, Long, Long] {
      def zero                     = 0L
      def reduce(a: Long, b: Long) = a + b
      def merge(a: Long, b: Long)  = a + b
      def finish(a: Long)          = a
      def bufferEncoder            = org.apache.spark.sql.Encoders.scalaLong
      def outputEncoder            = org.apache.spark.sql.Encoders.scalaLong
    }
    check(orders.select("id").as[Long].select(total.toColumn.name("t")).toDF("t"), "t <- shop/orders.id")
    check(orders.agg(udaf(total).apply(col("person")).as("t")), "t <- shop/orders.person")
  }

  test("a constant is known to be made from nothing") {
    val one = followed(orders.selectExpr("1 as one")).columns.get("one")
    assert(one.isKnown && one.sources.isEmpty)
  }

  test("a table is an asset of the parts of its name, a path of the parts behind its scheme") {
    spark.sql("create database if not exists sales")
    orders.select("id").write.mode("overwrite").saveAsTable("sales.daily")
    check(spark.table("sales.daily"), "id <- sales/daily.id")
    orders.write.parquet(s"$folder/other")
    check(spark.read.parquet(s"$folder/other").select("id"), s"id <- ${folder.toString.drop(1)}/other.id")
  }

  test("a plan that is too large has none, and says so; a deep one does not overflow the stack") {
    val deep  = (1 to 60).foldLeft(orders.select("id"))((df, n) => df.select((col("id") + n).as("id")))
    val short = followed(deep, most = 50)
    assertEquals(short.whyLeftOut.get, "the plan has more than 50 nodes")
    assert(!short.isFollowed)
    check(deep, "id <- shop/orders.id")
  }

  test("a plan that takes too long has none, and says so, be it of one node only") {
    val late = followed(orders, millis = 0)
    assertEquals(late.whyLeftOut.get, "following the plan took longer than 0.0 s")
    assert(!late.isFollowed)
  }
}
