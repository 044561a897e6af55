package dagsterpipes

import java.math.BigInteger
import java.util.{ArrayList => JArrayList, Arrays => JArrays, LinkedHashMap => JLinkedHashMap, Map => JMap}

import scala.jdk.CollectionConverters._

import org.scalacheck.{Arbitrary, Gen, Prop}
import org.scalacheck.Prop.forAll

import dagsterpipes.context.ContextData
import dagsterpipes.errors.PipesException
import dagsterpipes.json.{Json, JsonTree}
import dagsterpipes.message.{MessageEncoder, PipesMessage}
import dagsterpipes.params.ParamCodec
import dagsterpipes.report.LogLevel

/** Every value that a job sends goes out as one line of ASCII and comes back unchanged. Every input is read or
  * refused.
  */
class PropertySuite extends munit.ScalaCheckSuite {
  override def scalaCheckTestParameters =
    super.scalaCheckTestParameters.withMinSuccessfulTests(500)

  // The same cases every time; another seed finds others.
  override def scalaCheckInitialSeed = "IgPjhtHfX-ZHAs9IBtEXeEgwPHyyzMoYK1CP6OSfjbD="

  // ---- any tree of values

  private val strings: Gen[String] = {
    val char = Gen.frequency(
      10 -> Gen.choose(' ', '~'),
      3  -> Gen.choose('\u0000', '\u001f'),
      3  -> Gen.oneOf('\u2028', '\u2029', '\u007f', '\u0080', '\ufeff', '\uffff', '"', '\\'),
      3  -> Gen.choose('\ud800', '\udfff'), // halves of astral characters: whole ones, and alone
      1  -> Arbitrary.arbChar.arbitrary
    )
    Gen.listOf(char).map(_.mkString)
  }

  property("a log line is what the JSON writer makes of it") {
    forAll(strings, Gen.oneOf(LogLevel.values.toSeq)) { (text, level) =>
      val params = new JLinkedHashMap[String, Any]
      params.put("message", text)
      params.put("level", level.name)
      assertEquals(PipesMessage.log(level, text).line, MessageEncoder.encode("log", params))
    }
  }

  private val scalars: Gen[Any] = Gen.oneOf[Any](
    Gen.const(null),
    Arbitrary.arbBool.arbitrary,
    Arbitrary.arbLong.arbitrary,
    Arbitrary.arbInt.arbitrary.map(_.toLong),
    Arbitrary.arbDouble.arbitrary,
    Gen.oneOf(Double.NaN, Double.PositiveInfinity, Double.NegativeInfinity, -0.0, Double.MinPositiveValue),
    Arbitrary.arbBigInt.arbitrary.map(_.underlying).map(n => if (n.bitLength < 64) n.longValue else n),
    strings
  )

  private def trees(depth: Int): Gen[Any] =
    if (depth == 0) scalars
    else
      Gen.frequency(
        3 -> scalars,
        1 -> Gen.resize(5, Gen.listOf(trees(depth - 1))).map(items => new JArrayList[Any](items.asJava)),
        1 -> Gen.resize(5, objects(depth - 1))
      )

  private def objects(depth: Int): Gen[JMap[String, Any]] =
    Gen.listOf(Gen.zip(strings, trees(depth))).map { entries =>
      val result = new JLinkedHashMap[String, Any]
      entries.foreach { case (key, value) => result.put(whole(key), value) }
      result
    }

  /** Half a character becomes U+FFFD. */
  private def whole(text: String): String = {
    val out = new StringBuilder
    var i   = 0
    while (i < text.length) {
      val c = text.charAt(i)
      if (
        Character.isHighSurrogate(c) && i + 1 < text.length && Character.isLowSurrogate(text.charAt(i + 1))
      ) {
        out.append(c).append(text.charAt(i + 1))
        i += 1
      } else out.append(if (Character.isSurrogate(c)) '\ufffd' else c)
      i += 1
    }
    out.toString
  }

  private def arrived(value: Any): Any = value match {
    case text: String        => whole(text)
    case list: JArrayList[_] => new JArrayList[Any](list.asScala.map(arrived).asJava)
    case map: JMap[_, _] =>
      val result = new JLinkedHashMap[Any, Any]
      map.asScala.foreach { case (key, inner) => result.put(arrived(key), arrived(inner)) }
      result
    case other => other
  }

  property("any tree of values goes out as one line of ASCII and comes back as it was") {
    forAll(trees(4)) { value =>
      val line = MessageEncoder.encode(
        "log",
        java.util.Collections.singletonMap("payload", JsonTree.of(value, "payload"))
      )
      assert(line.forall(c => c >= ' ' && c <= '~'), line)
      val params = json(line).asInstanceOf[JMap[String, JMap[String, Any]]].get("params")
      // Not the bare values: NaN equals itself only in a collection.
      assertEquals(JArrays.asList(params.get("payload")), JArrays.asList(arrived(value)))
    }
  }

  property("parameters survive the codec, whatever they hold") {
    forAll(objects(3)) { params =>
      assertEquals(ParamCodec.decode(ParamCodec.encode(params), "X"): Any, arrived(params))
    }
  }

  property("every decimal keeps its value: as a double, a whole number or text") {
    forAll(Arbitrary.arbBigInt.arbitrary, Gen.choose(-400, 400)) { (digits: BigInt, scale: Int) =>
      val decimal = new java.math.BigDecimal(digits.underlying, scale)
      val back = JsonTree.of(decimal, "x") match {
        case double: java.lang.Double => new java.math.BigDecimal(pythonPrints(double))
        case other                    => new java.math.BigDecimal(other.toString)
      }
      assert(back.compareTo(decimal) == 0, s"$decimal came back as $back")
    }
  }

  /** The shortest text that means the double, as Python's repr; Double.toString's before JDK 19 is at times longer. */
  private def pythonPrints(double: Double): String = {
    val exact = new java.math.BigDecimal(double)
    (1 to 17).iterator
      .map(n => exact.round(new java.math.MathContext(n, java.math.RoundingMode.HALF_EVEN)))
      .find(_.doubleValue == double)
      .get
      .toString
  }

  // ---- fuzz: what comes in may be anything

  /** Cuts, repeats, overwrites and inserts, some of them. */
  private def mutated(text: String): Gen[String] = {
    val noise = Gen.oneOf(
      Gen.oneOf("\"", "{", "}", "[", "]", ",", ":", "\\", "\\u12", "NaN", "-", "1e999", "null", "\u0000"),
      strings
    )
    val once = (from: String) =>
      for {
        at   <- Gen.choose(0, from.length)
        to   <- Gen.choose(at, math.min(from.length, at + 20))
        what <- noise
        kind <- Gen.choose(0, 3)
      } yield kind match {
        case 0 => from.take(at) + from.drop(to)
        case 1 => from.take(to) + from.drop(at)
        case 2 => from.take(at) + what + from.drop(to)
        case _ => from.take(at) + what + from.drop(at)
      }
    for {
      count  <- Gen.choose(1, 5)
      result <- (1 to count).foldLeft(Gen.const(text))((gen, _) => gen.flatMap(once))
    } yield result
  }

  private val context =
    Json.write(Session.context(Session.twoAssets, """"extras": {"a": [1, NaN, {"b": "\\u2028"}]}"""))

  private def json(text: String): Any = Json.read(text)

  property("JSON that was tampered with is read or refused") {
    forAll(mutated(context)) { text =>
      try json(text)
      catch { case _: Json.Malformed => () }
      Prop.passed
    }
  }

  property("a context that was tampered with is taken or refused with the field's path") {
    forAll(mutated(context)) { text =>
      try
        json(text) match {
          case fields: JMap[_, _] => ContextData.of(fields.asInstanceOf[JMap[String, Object]])
          case _                  => ()
        }
      catch {
        case _: Json.Malformed => ()
        case e: PipesException => assert(e.getMessage.contains("of `Pipes.open`"), e.getMessage)
      }
      Prop.passed
    }
  }

  private val encoded = ParamCodec.encode(JMap.of("data", Session.context()))

  property("a parameter that was tampered with is read or refused, and never quoted") {
    forAll(Gen.oneOf(mutated(encoded), strings)) { text =>
      try ParamCodec.decode(text, "DAGSTER_PIPES_CONTEXT")
      catch { case e: PipesException => assert(!e.getMessage.contains(encoded.take(40)), e.getMessage) }
      Prop.passed
    }
  }

  property("zlib data that were tampered with are read or refused") {
    val bytes = java.util.Base64.getDecoder.decode(encoded)
    forAll(Gen.choose(0, bytes.length - 1), Arbitrary.arbByte.arbitrary, Gen.choose(0, bytes.length)) {
      (at: Int, value: Byte, length: Int) =>
        val changed = bytes.clone
        changed(at) = value
        try ParamCodec.decode(java.util.Base64.getEncoder.encodeToString(changed.take(length)), "X")
        catch { case _: PipesException => () }
        Prop.passed
    }
  }

  test("JSON nested without end is refused, not a stack overflow") {
    for (deep <- List("[", "{\"a\":", "[{\"a\":[", "[NaN,"))
      for (count <- List(300, 100000)) {
        val message = intercept[Json.Malformed](json(deep * count)).getMessage
        assert(message.startsWith("more than 255 levels"), message.take(200))
      }
    val error = intercept[PipesException](ParamCodec.decode(zipped("[" * 100000), "X")).getMessage
    assert(error.contains("more than 255 levels"), error)
  }

  test("a number of a thousand digits keeps them, one of a hundred thousand is refused") {
    assertEquals(json("9" * 1000), new BigInteger("9" * 1000))
    intercept[Json.Malformed](json("9" * 100000))
  }

  private def zipped(text: String): String = {
    val out     = new java.io.ByteArrayOutputStream
    val deflate = new java.util.zip.DeflaterOutputStream(out)
    deflate.write(text.getBytes("UTF-8"))
    deflate.close()
    java.util.Base64.getEncoder.encodeToString(out.toByteArray)
  }
}
