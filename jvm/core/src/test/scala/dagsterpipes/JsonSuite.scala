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

  test("JSON beyond a limit is said to be that, not to be no JSON") {
    def found(text: String) = intercept[Json.Malformed](Json.read(text)).found
    assertEquals(Json.read("[" * 255 + "]" * 255).isInstanceOf[java.util.List[_]], true)
    assertEquals(
      found("[" * 256 + "]" * 256),
      "JSON beyond a limit of this reader (more than 255 levels, at line 1)"
    )
    assertEquals(Json.read("9" * 4300), new BigInteger("9" * 4300): Any)
    assertEquals(
      found(s"""{"a": [-${"9" * 4301}]}"""),
      "JSON beyond a limit of this reader (a whole number of more than 4300 digits, path $.a[0])"
    )
    assertEquals(found("{oops}"), "text that is not JSON (at line 1, column 3, path $.)")
  }

  test("a number of any length keeps its digits; text that only looks like one stays what it is") {
    val digits = "1" + "0" * 1500
    assertEquals(
      Json.read(s"""[-$digits, 0.$digits, ${digits}e-1501, "$digits"]"""),
      JArrays.asList[Any](new BigInteger(digits).negate, 0.1, 0.1, digits): Any
    )
    for (bad <- List("0" + digits, digits + ".", "-", digits + "-1", "x" + digits)) {
      val fault = intercept[Json.Malformed](Json.read(s"[$bad]")).found
      assert(fault.startsWith("text that is not JSON"), fault)
    }
  }

  test("names that differ only in surrogates without partner stay two, and NUL stays NUL") {
    val names = new java.util.LinkedHashMap[String, Object]
    for (name <- List("a\ud800", "a\udc00", "a\ufffd", "b\u0000", "c\ud83d\ude80")) names.put(name, name)
    assertEquals(
      Json.write(JsonTree.of(names, "m")),
      "{\"a\\ufffd\":\"a\\ufffd\",\"a\\ufffd\\ufffd\":\"a\\ufffd\",\"a\\ufffd\\ufffd\\ufffd\":\"a\\ufffd\"," +
        "\"b\\u0000\":\"b\\u0000\",\"c\\ud83d\\ude80\":\"c\\ud83d\\ude80\"}"
    )
  }

  test("two keys that are one as text are refused, and neither is lost") {
    val map = new java.util.LinkedHashMap[Any, Any]
    map.put("INFO", 1)
    map.put(dagsterpipes.report.LogLevel.INFO, 2)
    val e = intercept[JsonTree.Unsendable](JsonTree.of(map, "m"))
    assertEquals((e.path, e.found), ("m", "two keys that are both `INFO` as text"))
    assertEquals(
      JsonTree.of(Collections.singletonMap(new StringBuilder("k"), 1), "m"),
      Collections.singletonMap("k", 1L): Any
    )
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
    assertEquals(
      intercept[JsonTree.Unsendable](JsonTree.of(list, "x")).found,
      "a value of more than 200 levels of lists and maps"
    )
  }

  test("a float of single precision keeps its short form, an array is a list") {
    assertEquals(Json.write(JsonTree.of(Array[Object](Float.box(0.1f), Byte.box(1)), "x")), "[0.1,1]")
  }
}
