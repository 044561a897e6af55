package dagsterpipes.scaladsl

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import dagsterpipes.errors.PipesException
import dagsterpipes.report.MetadataValue

/** The same text compiles and means the same on Scala 2.12, 2.13 and 3. */
class MetadataSuite extends munit.FunSuite {

  private def sent(metadata: Map[String, Metadata]): Map[String, (String, Any)] =
    metadata.map { case (name, value) => name -> (value.asJava.`type` -> ToScala(value.asJava.rawValue)) }

  test("a literal map mixes plain and typed values") {
    val rows: Long = 336776
    val mixed = sent(
      Map(
        "rows"   -> rows,
        "int"    -> 1,
        "mean"   -> 0.5,
        "float"  -> 0.1f,
        "text"   -> "hello",
        "flag"   -> true,
        "report" -> Metadata.md("# ok"),
        "some"   -> Some(1),
        "none"   -> None,
        "option" -> (Option("x"): Option[String]),
        "list"   -> List(1, "a", None),
        "seq"    -> Seq(1, 2),
        "map"    -> Map("a" -> 1, "b" -> Seq("c")),
        "big"    -> BigInt("9223372036854775808"),
        "java"   -> MetadataValue.url("https://dagster.io"),
        "boxed"  -> java.lang.Long.valueOf(5)
      )
    )
    assertEquals(mixed("rows"), "__infer__"   -> (336776L: Any))
    assertEquals(mixed("int"), "__infer__"    -> (1L: Any))
    assertEquals(mixed("float"), "__infer__"  -> (0.1: Any))
    assertEquals(mixed("report"), "md"        -> ("# ok": Any))
    assertEquals(mixed("some"), "__infer__"   -> (1L: Any))
    assertEquals(mixed("none"), "null"        -> (null: Any))
    assertEquals(mixed("option"), "__infer__" -> ("x": Any))
    assertEquals(mixed("list"), "json"        -> (Vector(1L, "a", null): Any))
    assertEquals(mixed("map"), "json"         -> (Map("a" -> 1L, "b" -> Vector("c")): Any))
    assertEquals(mixed("java"), "url"         -> ("https://dagster.io": Any))
    assertEquals(mixed("boxed"), "__infer__"  -> (5L: Any))
  }

  test("a map of one type that was built elsewhere converts") {
    val counts                        = Map("a" -> 1, "b" -> 2)
    val values: Map[String, Metadata] = counts
    assertEquals(
      sent(values),
      Map[String, (String, Any)]("a" -> ("__infer__" -> 1L), "b" -> ("__infer__" -> 2L))
    )
  }

  test("a map that mixes types and was built elsewhere converts at run time") {
    val counts: Map[String, Any] = Map("a" -> 1, "b" -> "x", "c" -> Metadata.path("/p"))
    assertEquals(sent(Metadata.fromMap(counts))("c"), "path" -> ("/p": Any))
    val error                    = intercept[PipesException](Metadata.fromMap(Map("a" -> new Object)))
    assert(error.getMessage.contains(s"See $PAGE_URL#metadata"), error.getMessage)
  }

  test("a value that cannot be sent does not compile") {
    val errors =
      compileErrors("""val m: Map[String, dagsterpipes.scaladsl.Metadata] = Map("a" -> new Thread)""")
    assert(errors.nonEmpty)
  }

  test("a user's own encoder lets its type in") {
    case class City(name: String)
    implicit val city: MetadataEncoder[City] = MetadataEncoder(c => Metadata.text(c.name))
    assertEquals(sent(Map("city" -> City("Bergen")))("city"), "text" -> ("Bergen": Any))
  }

  test("JSON contents that cannot be sent are an error with their path") {
    val error = intercept[PipesException](Metadata.json(Map("a" -> Seq(1, new Thread))))
    assert(error.getMessage.contains("a[1]"), error.getMessage)
  }
}
