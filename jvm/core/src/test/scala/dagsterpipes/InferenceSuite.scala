package dagsterpipes

import java.math.{BigDecimal => JBigDecimal, BigInteger}
import java.time._
import java.util.concurrent.atomic._
import java.util.{Arrays => JArrays, Map => JMap, Optional, OptionalDouble, OptionalInt, OptionalLong, UUID}

import dagsterpipes.errors.PipesException
import dagsterpipes.json.{Json, JsonTree}
import dagsterpipes.report._

/** The form of a plain value of any JVM type: as metadata, inside of JSON metadata, in a custom message. */
class InferenceSuite extends munit.FunSuite {
  private def sent(value: Any): (String, Any) = {
    val metadata = MetadataValue.of(value)
    (metadata.`type`, metadata.rawValue)
  }

  private def inJson(value: Any): Any =
    MetadataValue.of(JMap.of("x", value)).rawValue.asInstanceOf[JMap[String, Any]].get("x")

  private def inMessage(value: Any): Any = JsonTree.of(value, "payload")

  private def decimal(text: String) = new JBigDecimal(text)

  private val past2to53 = 9007199254740993L
  private val past2to63 = new BigInteger("9223372036854775808")

  test("a BigDecimal goes as a double where that prints as the same number") {
    for (
      text <- List(
        "3.00",
        "0.1",
        "-2.5",
        "1E+22",
        "0E-10",
        "3.141592653589793",
        "5E-324",
        "0.30000000000000004"
      )
    )
      assertEquals(sent(decimal(text)), ("__infer__", decimal(text).doubleValue), text)
    // A double's own text, whatever the JDK makes of it.
    for (double <- List(Math.PI, 1.0 / 3, 2e-44, 1.7976931348623157e308, 4.35, 9007199254740992.0))
      assertEquals(inMessage(JBigDecimal.valueOf(double)), double: Any)
  }

  test("a BigDecimal with more digits goes whole where it is whole, else as its exact text") {
    assertEquals(sent(decimal("9007199254740993.00")), ("__infer__", past2to53))
    assertEquals(
      sent(decimal("12345678901234567890123")),
      ("__infer__", new BigInteger("12345678901234567890123"))
    )
    for (
      text <- List(
        "0.1000000000000000055511151231257827",
        "12345678901234567890.12",
        "0.12345678901234567891"
      )
    )
      for (value <- List(sent(decimal(text))._2, inJson(decimal(text)), inMessage(decimal(text))))
        assertEquals(value, text: Any)
    assertEquals(
      inMessage(decimal("-0.0000001000000000000000000001")),
      "-0.0000001000000000000000000001": Any
    )
  }

  test("decimals of any exponent are quick and keep their digits") {
    assertEquals(inMessage(decimal("1E+400")), new BigInteger("1" + "0" * 400): Any)
    assertEquals(inMessage(decimal("1E+2147483647")), "1E+2147483647": Any)
    assertEquals(inMessage(decimal("1E-2147483647")), "1E-2147483647": Any)
    assertEquals(inMessage(decimal("1E-400")), decimal("1E-400").toPlainString: Any)
  }

  test("whole numbers past 2^53 keep all digits; where JavaScript reads them they are text") {
    for (number <- List[Any](past2to53, -past2to53, Long.MaxValue, past2to63)) {
      assertEquals(sent(number), ("__infer__", number))
      assertEquals(inMessage(number), number)
      assertEquals(inJson(number), number.toString: Any)
    }
    assertEquals(inJson(9007199254740991L), 9007199254740991L: Any)
  }

  test("a whole number that Python refuses to read goes as text") {
    val longest = new BigInteger("9" * 4300)
    val longer  = new BigInteger("-1" + "0" * 4300)
    assertEquals(sent(longest.negate), ("__infer__", longest.negate))
    assertEquals(sent(longer), ("__infer__", longer.toString))
    assertEquals(MetadataValue.intValue(longer).`type`, "text")
    assertEquals(inMessage(longer), longer.toString: Any)
  }

  test("NaN and infinities are numbers alone and for Python, and text where JavaScript reads them") {
    for (
      (number, text) <- List(
        Double.NaN              -> "NaN",
        Double.PositiveInfinity -> "Infinity",
        Double.NegativeInfinity -> "-Infinity"
      )
    ) {
      assertEquals(Json.write(MetadataValue.floatValue(number).rawValue), text)
      assertEquals(MetadataValue.floatValue(number).`type`, "float")
      assertEquals(Json.write(MetadataValue.of(number.toFloat).rawValue), text)
      assertEquals(Json.write(inMessage(JMap.of("a", number))), s"""{"a":$text}""")
      assertEquals(inJson(JArrays.asList(number)), JArrays.asList(text): Any)
      assertEquals(inJson(Array(number.toFloat)), JArrays.asList(text): Any)
      val table = MetadataValue.table(
        JArrays.asList(TableColumn.of("a", "double")),
        JArrays.asList(JMap.of("a", number))
      )
      assertEquals(
        table.rawValue.asInstanceOf[JMap[String, Any]].get("records"),
        JArrays.asList(JMap.of("a", text)): Any
      )
      assertEquals(MetadataValue.timestamp(number).`type`, "text")
      assertEquals(MetadataValue.timestamp(number).rawValue, text: Object)
    }
  }

  test("JSON of a bare number or boolean goes under its own type, which Dagster's json is not") {
    def json(value: Any) = (MetadataValue.json(value).`type`, MetadataValue.json(value).rawValue: Any)
    assertEquals(json(past2to53), ("__infer__", past2to53))
    assertEquals(json(true), ("__infer__", true))
    assertEquals(json("text"), ("json", "text"))
    assertEquals(json(null), ("json", null))
  }

  test("every type of number is taken, those of other libraries by what they say") {
    val adder = new LongAdder
    adder.add(past2to53)
    val sum = new DoubleAdder
    sum.add(0.5)
    for (
      (value, expected) <- List[(Any, Any)](
        (1.toByte, 1L),
        (2.toShort, 2L),
        (0.1f, 0.1),
        (-0.0f, -0.0),
        (16777216f, 16777216.0),
        (new AtomicInteger(4), 4L),
        (new AtomicLong(past2to53), past2to53),
        (adder, past2to53),
        (sum, 0.5),
        (new DoubleAccumulator((a, b) => a + b, 1.5), 1.5),
        (BigDecimal("12345678901234567890.12"), "12345678901234567890.12"),
        (BigInt(2).pow(70), BigInteger.ONE.shiftLeft(70))
      )
    ) {
      assertEquals(sent(value), ("__infer__", expected))
      assertEquals(inMessage(value), expected)
    }
    val fraction = new Number {
      def intValue                  = 0; def longValue = 0; def floatValue = 0; def doubleValue = 0
      override def toString: String = "1 / 3"
    }
    val message = intercept[PipesException](MetadataValue.of(fraction)).getMessage
    assert(message.contains(s"got a ${fraction.getClass.getName} that says `1 / 3`"), message)
  }

  test("an optional is what it holds, or null") {
    for (
      (value, expected) <- List[(Any, (String, Any))](
        Optional.empty                        -> ("__infer__", null),
        Optional.of(5)                        -> ("__infer__", 5L),
        Optional.of(MetadataValue.md("# ok")) -> ("md", "# ok"),
        Optional.of(Instant.EPOCH)            -> ("timestamp", 0.0),
        OptionalInt.of(1)                     -> ("__infer__", 1L),
        OptionalLong.of(past2to53)            -> ("__infer__", past2to53),
        OptionalDouble.empty                  -> ("__infer__", null),
        new AtomicBoolean(true)               -> ("__infer__", true)
      )
    ) assertEquals(sent(value), expected)
    assertEquals(inJson(Optional.of(Optional.of(1))), 1L: Any)
  }

  test("a moment is a timestamp; days, times and durations are ISO 8601 text") {
    val moment = Instant.parse("2013-01-01T00:00:00.5Z")
    for (value <- List(moment, java.util.Date.from(moment), java.sql.Timestamp.from(moment))) {
      assertEquals(sent(value), ("timestamp", 1356998400.5))
      assertEquals(inJson(value), "2013-01-01T00:00:00.500Z": Any)
    }
    for (
      (value, text) <- List[(Any, String)](
        LocalDate.of(2013, 1, 2)                         -> "2013-01-02",
        LocalDateTime.of(2013, 1, 2, 3, 4)               -> "2013-01-02T03:04",
        ZonedDateTime.ofInstant(moment, ZoneId.of("Z"))  -> "2013-01-01T00:00:00.500Z",
        OffsetDateTime.ofInstant(moment, ZoneOffset.UTC) -> "2013-01-01T00:00:00.500Z",
        Duration.ofMillis(1500)                          -> "PT1.5S",
        Period.ofDays(3)                                 -> "P3D",
        YearMonth.of(2013, 1)                            -> "2013-01",
        ZoneId.of("Europe/Oslo")                         -> "Europe/Oslo",
        java.sql.Date.valueOf("2013-01-02")              -> "2013-01-02",
        java.sql.Time.valueOf("03:04:05")                -> "03:04:05"
      )
    ) {
      assertEquals(sent(value), ("__infer__", text))
      assertEquals(inMessage(value), text: Any)
    }
  }

  test("a moment that no web page can show goes as text: as a timestamp it would hide the whole asset") {
    assertEquals(sent(Instant.MAX), ("text", "+1000000000-12-31T23:59:59.999999999Z"))
    assertEquals(MetadataValue.timestamp(1e13).`type`, "text")
    assertEquals(sent(Instant.parse("+275760-09-13T00:00:00Z")), ("timestamp", 8.64e12))
  }

  test("links, paths, identifiers and enum constants have the type or text that everybody expects") {
    val id = UUID.fromString("db892d7f-0031-4747-973d-22e8b9095d9d")
    for (
      (value, expected) <- List[(Any, (String, Any))](
        new java.net.URI("https://dagster.io/x")  -> ("url", "https://dagster.io/x"),
        new java.net.URI("HTTP://dagster.io")     -> ("url", "HTTP://dagster.io"),
        new java.net.URI("s3://bucket/key")       -> ("path", "s3://bucket/key"),
        new java.net.URI("file:///a").toURL       -> ("path", "file:/a"),
        java.nio.file.Paths.get("data", "orders") -> ("path", "data/orders"),
        new java.io.File("data")                  -> ("path", "data"),
        id                                        -> ("__infer__", id.toString),
        LogLevel.WARNING                          -> ("__infer__", "WARNING"),
        'c'                                       -> ("__infer__", "c"),
        new StringBuilder("text")                 -> ("__infer__", "text")
      )
    ) {
      assertEquals(sent(value), expected)
      assertEquals(inMessage(value), expected._2)
    }
    assertEquals(inMessage(JMap.of(LogLevel.INFO, 1)), JMap.of("INFO", 1L): Any)
  }

  test("arrays of primitives are lists, characters a text, and bytes are refused with the remedy") {
    assertEquals(inMessage(Array(1, 2)), JArrays.asList(1L, 2L): Any)
    assertEquals(inMessage(Array(0.1f)), JArrays.asList(0.1): Any)
    assertEquals(
      inMessage(Array(Array(true), Array[Boolean]())),
      JArrays.asList(JArrays.asList(true), JArrays.asList()): Any
    )
    assertEquals(inMessage("abc".toCharArray), "abc": Any)
    val message = intercept[PipesException](MetadataValue.of(JMap.of("b", Array[Byte](1)))).getMessage
    assert(message.contains("`value.b`") && message.contains("encode it, as Base64 for example"), message)
  }

  test("records of a table get the columns that they lack, for Dagster refuses ragged ones") {
    val table = MetadataValue.table(
      JArrays.asList(TableColumn.of("a", "int"), TableColumn.of("b", "int")),
      JArrays.asList(JMap.of("a", 1), JMap.of("b", past2to53))
    )
    assertEquals(
      Json.write(table.rawValue),
      """{"records":[{"a":1,"b":null},{"a":null,"b":"9007199254740993"}],""" +
        """"schema":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}"""
    )
    val nameless = java.util.Collections.singletonMap(1, "x").asInstanceOf[JMap[String, Object]]
    for (
      (record, found) <- List[(JMap[String, Object], String)](
        (null, "null in place of a record"),
        (nameless, "a column name that is no string")
      )
    ) {
      val message =
        intercept[PipesException](MetadataValue.table(JArrays.asList(), JArrays.asList(record))).getMessage
      assert(message.contains(found), message)
    }
  }
}
