package dagsterpipes.scaladsl

import java.time.{Instant, LocalDate}

import scala.concurrent.duration._

import dagsterpipes.errors.PipesException
import dagsterpipes.report.LogLevel

object EncoderSuite {
  case class City(name: String, population: Option[Long])
  case class Country(name: String, cities: Seq[City], capital: City, `two words`: Map[String, City])
  class Empty
  case class Private(private val hidden: Int, shown: Any)
  case class Nested(inner: Option[Nested])

  sealed trait Color
  case object Red              extends Color
  case class Mixed(parts: Int) extends Color

  sealed trait Size extends Product with Serializable
  case object Large extends Size

  object Weekday extends Enumeration { val Monday, Tuesday = Value }

  case class Temperature(celsius: Double)
  object Temperature {
    implicit val encoder: MetadataEncoder[Temperature] =
      MetadataEncoder(t => Metadata.text(s"${t.celsius} °C"))
  }
}

/** The same text compiles and means the same on Scala 2.12, 2.13 and 3. */
class EncoderSuite extends munit.FunSuite {
  import EncoderSuite._

  private def sent(value: Metadata): (String, Any) = value.asJava.`type` -> ToScala(value.asJava.rawValue)

  private val bergen   = City("Bergen", Some(291940L))
  private val tromso   = City("Tromsø", None)
  private val inBergen = Map[String, Any]("name" -> "Bergen", "population" -> 291940L)
  private val inTromso = Map[String, Any]("name" -> "Tromsø", "population" -> null)

  test("a case class is JSON by the names of its fields, in their order, and so are those inside of it") {
    assertEquals(sent(bergen), "json" -> (inBergen: Any))
    val norway = Country("Norway", List(bergen, tromso), bergen, Map("north" -> tromso))
    assertEquals(
      sent(norway),
      "json" -> (Map[String, Any](
        "name"      -> "Norway",
        "cities"    -> Vector(inBergen, inTromso),
        "capital"   -> inBergen,
        "two words" -> Map("north" -> inTromso)
      ): Any)
    )
    assertEquals(
      ToJava(norway).asInstanceOf[java.util.Map[String, Any]].keySet.toString,
      "[name, cities, capital, two words]"
    )
  }

  test("case classes, tuples and options nest in sequences, sets, maps and arrays") {
    assertEquals(sent(Seq(bergen, tromso)), "json"            -> (Vector(inBergen, inTromso): Any))
    assertEquals(sent(Set(bergen)), "json"                    -> (Vector(inBergen): Any))
    val array            = Array(bergen)
    assertEquals(sent(array), "json"                          -> (Vector(inBergen): Any))
    assertEquals(sent(Map("b" -> Some(tromso))), "json"       -> (Map("b" -> inTromso): Any))
    assertEquals(sent(Seq[Any](1, bergen, None, "x")), "json" -> (Vector(1L, inBergen, null, "x"): Any))
    assertEquals(sent(List("x", None)), "json"                -> (Vector("x", null): Any))
    assertEquals(sent(List(true, bergen)), "json"             -> (Vector(true, inBergen): Any))
    assertEquals(
      sent(Map("a" -> 'x', "b" -> BigInt(1), "c" -> Nil)),
      "json" -> (Map("a" -> "x", "b" -> 1L, "c" -> Vector()): Any)
    )
    assertEquals(sent(1 to 2), "json"                                       -> (Vector(1L, 2L): Any))
    assertEquals(sent(scala.collection.mutable.ArrayBuffer(bergen)), "json" -> (Vector(inBergen): Any))
    assertEquals(sent((1, "x", bergen)), "__infer__"           -> (Vector(1L, "x", inBergen): Any))
    assertEquals(sent(Map("pair" -> (1 -> tromso))), "json"    -> (Map("pair" -> Vector(1L, inTromso)): Any))
    assertEquals(sent(Option(bergen)), "json"                  -> (inBergen: Any))
    assertEquals(sent(java.util.Arrays.asList(bergen)), "json" -> (Vector(inBergen): Any))
  }

  test("objects and constants are their names") {
    assertEquals(sent(Red), "__infer__"            -> ("Red": Any))
    assertEquals(sent(Large: Size), "__infer__"    -> ("Large": Any))
    assertEquals(sent(Weekday.Monday), "__infer__" -> ("Monday": Any))
    assertEquals(sent(LogLevel.INFO), "__infer__"  -> ("INFO": Any))
    assertEquals(sent(Seq(Red, Mixed(2))), "json"  -> (Vector("Red", Map("parts" -> 2L)): Any))
  }

  test("a trait that is no Product comes in by one line") {
    implicit val color: MetadataEncoder[Color]        = MetadataEncoder.atRunTime
    val red: Color                                    = Red
    assertEquals(sent(red), "__infer__"        -> ("Red": Any))
    assertEquals(sent(Mixed(3): Color), "json" -> (Map("parts" -> 3L): Any))
  }

  test("a user's own encoder is preferred to the fields, and serves collections of its type") {
    val warm      = Temperature(21.5)
    assertEquals(sent(warm), "text"      -> ("21.5 °C": Any))
    assertEquals(sent(Seq(warm)), "json" -> (Vector("21.5 °C"): Any))
    assertEquals(
      sent(Map("in" -> Seq(Option(warm), None))),
      "json" -> (Map("in" -> Vector("21.5 °C", null)): Any)
    )
  }

  test("moments are timestamps alone and text within, days and durations text") {
    assertEquals(sent(Instant.EPOCH), "timestamp"            -> (0.0: Any))
    assertEquals(sent(Seq(Instant.EPOCH)), "json"            -> (Vector("1970-01-01T00:00:00Z"): Any))
    assertEquals(sent(LocalDate.of(2013, 1, 1)), "__infer__" -> ("2013-01-01": Any))
    assertEquals(sent(90.seconds), "__infer__"               -> ("PT1M30S": Any))
    assertEquals(sent(java.nio.file.Paths.get("a")), "path"  -> ("a": Any))
  }

  test("every digit of Scala's own numbers is kept") {
    assertEquals(sent(BigDecimal("0.12345678901234567890")), "__infer__" -> ("0.12345678901234567890": Any))
    assertEquals(sent(BigDecimal("2.50")), "__infer__"                   -> (2.5: Any))
    assertEquals(sent(Metadata.int(BigInt(2).pow(70))), "int" -> (BigInt(2).pow(70).underlying: Any))
    assertEquals(sent(Seq(9007199254740993L)), "json"         -> (Vector("9007199254740993"): Any))
  }

  test("a field that cannot be sent is an error with its path") {
    val error = intercept[PipesException](Metadata.json(Map("a" -> Private(1, Seq(new Empty)))))
    assert(error.getMessage.contains("`value.a.shown[0]`"), error.getMessage)
    val either = intercept[PipesException](Metadata.of(Map("e" -> (Left(1): Either[Int, Int]))))
    assert(either.getMessage.contains("scala.util.Left"), either.getMessage)
  }

  test("a case class that is nested without end is refused, not a stack overflow") {
    val deep  = (1 to 100000).foldLeft(Nested(None))((inner, _) => Nested(Some(inner)))
    val error = intercept[PipesException](Metadata.of(deep))
    assert(error.getMessage.contains("more than 200 levels"), error.getMessage)
  }

  test("a value with nothing sensible to send does not compile, and the compiler says what would") {
    val thread = compileErrors("""val m: dagsterpipes.scaladsl.Metadata = new Thread""")
    val plain  = compileErrors("""val m: dagsterpipes.scaladsl.Metadata = new EncoderSuite.Empty""")
    val either = compileErrors("""val m: dagsterpipes.scaladsl.Metadata = (Left(1): Either[Int, String])""")
    val failed = compileErrors("""val m: dagsterpipes.scaladsl.Metadata = scala.util.Try(1)""")
    val color = compileErrors(
      """val c: EncoderSuite.Color = EncoderSuite.Red; val m: dagsterpipes.scaladsl.Metadata = c"""
    )
    val keys = compileErrors("""val m: dagsterpipes.scaladsl.Metadata = Map(1 -> 2)""")
    val lost = compileErrors("""val m: dagsterpipes.scaladsl.Metadata = Option(new Thread)""")
    for ((errors, i) <- List(thread, plain, either, failed, color, keys, lost).zipWithIndex)
      assert(errors.contains("error"), s"the value $i compiles: $errors")
    val asked = compileErrors("""implicitly[dagsterpipes.scaladsl.MetadataEncoder[Thread]]""")
    assert(asked.contains("is no metadata value"), asked)
    assertEquals(compileErrors("""val m: dagsterpipes.scaladsl.Metadata = EncoderSuite.Red"""), "")
  }
}
