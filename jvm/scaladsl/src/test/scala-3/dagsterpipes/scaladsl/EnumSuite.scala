package dagsterpipes.scaladsl

object EnumSuite:
  enum Planet:
    case Earth
    case Other(name: String)

/** What Scala 3 alone has. */
class EnumSuite extends munit.FunSuite:
  import EnumSuite.*

  test("a case of an enum is its name, one with parameters JSON by their names"):
    val earth: Metadata = Planet.Earth
    val other: Metadata = Planet.Other("Mars")
    assertEquals(earth.asJava.rawValue, "Earth": Object)
    assertEquals(ToScala(other.asJava.rawValue), Map("name" -> "Mars"): Any)
