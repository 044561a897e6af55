package dagsterpipes

import java.math.BigInteger
import java.util.{ArrayList => JArrayList, Arrays => JArrays, Collections, Map => JMap}

import dagsterpipes.json.{Json, JsonTree}

class JsonSuite extends munit.FunSuite {
  private def malformed(text: String): String = intercept[Json.Malformed](Json.read(text)).getMessage

  test("whole numbers keep all their digits, at every limit") {
    for (n <- List("0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808"))
      assertEquals(Json.read(n), java.lang.Long.valueOf(n): Any)
    assertEquals(Json.read("9223372036854775808"), new BigInteger("9223372036854775808"): Any)
    assertEquals(Json.write(new BigInteger("-9223372036854775809")), "-9223372036854775809")
  }

  test("a float stays a float, even a whole one") {
    assertEquals(Json.read("1.0"), 1.0: Any)
    assertEquals(Json.write(1.0), "1.0")
    assertEquals(Json.read("1e3"), 1000.0: Any)
  }

  test("NaN and infinities are bare words in both directions, and strings of that text stay strings") {
    assert(Json.read("NaN").asInstanceOf[Double].isNaN)
    assertEquals(
      Json.read("""[-Infinity, Infinity, "NaN", "a \" NaN"]"""),
      JArrays.asList(Double.NegativeInfinity, Double.PositiveInfinity, "NaN", "a \" NaN"): Any
    )
    assertEquals(Json.write(JArrays.asList(Double.NaN, Double.NegativeInfinity)), "[NaN,-Infinity]")
  }

  test("text that is no JSON is refused with its place") {
    assertEquals(malformed("{'a': 1}"), "at line 1, column 3, path $.")
    assertEquals(malformed("[1,\n nope]"), "at line 2, column 2, path $[1]")
    assertEquals(malformed("""{"a": xNaN}"""), "at line 1, column 7, path $.a")
    assertEquals(malformed(""), "the text is empty")
    assertEquals(malformed("""{"a": [1"""), "the text ends too early")
    assert(malformed("1 2").nonEmpty)
    assert(malformed("// comment\n1").nonEmpty)
  }

  test("written text is ASCII on one line, and a surrogate without partner is U+FFFD") {
    assertEquals(
      Json.write("é\n\u2028 \ud83d\ude80 \ud83d \ude80"),
      "\"\\u00e9\\n\\u2028 \\ud83d\\ude80 \\ufffd \\ufffd\""
    )
    assertEquals(Json.write("<a href='x'>&</a>"), "\"<a href='x'>&</a>\"")
  }

  test("the order of names is kept") {
    assertEquals(
      Json.write(Json.read("""{"z":1,"a":{"y":null,"b":true}}""")),
      """{"z":1,"a":{"y":null,"b":true}}"""
    )
  }

  test("a value that JSON has no place for is named with its path") {
    val e =
      intercept[JsonTree.Unsendable](JsonTree.of(JMap.of("a", JArrays.asList(1, new Thread())), "payload"))
    assertEquals((e.path, e.found), ("payload.a[1]", "a java.lang.Thread"))
    val k = intercept[JsonTree.Unsendable](JsonTree.of(Collections.singletonMap(1, 2), "m"))
    assertEquals((k.path, k.found), ("m", "a key that is no string: the number 1"))
  }

  test("a path, which iterates over itself, is its text, and a set is a list") {
    val path = java.nio.file.Paths.get("data", "orders")
    assertEquals(JsonTree.of(JMap.of("p", path), "payload"), JMap.of("p", "data/orders"): Any)
    assertEquals(Json.write(JsonTree.of(Collections.singleton("x"), "s")), """["x"]""")
  }

  test("a list that holds itself ends in an error, not in a stack overflow") {
    val list = new JArrayList[Object]
    list.add(list)
    assertEquals(intercept[JsonTree.Unsendable](JsonTree.of(list, "x")).found, "more than 200 levels")
  }

  test("a float of single precision keeps its short form, an array is a list") {
    assertEquals(Json.write(JsonTree.of(Array[Object](Float.box(0.1f), Byte.box(1)), "x")), "[0.1,1]")
  }
}
