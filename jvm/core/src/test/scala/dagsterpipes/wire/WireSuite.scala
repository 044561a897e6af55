package dagsterpipes.wire

import java.lang.reflect.Modifier
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Paths}

/** The wire is written down once per language: each name that wire.py says is ours, too. */
class WireSuite extends munit.FunSuite {
  private val python: String = Files.readString(
    Paths.get(System.getProperty("project.root")).resolve("python/dagster_pipes_jvm/wire.py"),
    UTF_8
  )

  private def constants(of: Class[_]): Map[String, String] =
    of.getFields
      .filter(field => Modifier.isStatic(field.getModifiers))
      .map(field => field.getName -> field.get(null).toString)
      .toMap

  private val parameters = constants(classOf[MessagesParams]) ++ constants(classOf[ContextParams])

  private val ours = parameters.map { case (name, value) => s"${name}_KEY" -> value } ++
    constants(classOf[PipesConf]).map { case (name, value) => s"${name}_CONF_KEY" -> value } +
    ("SESSION_FACTS_KEY"      -> MessageFields.SESSION_FACTS) +
    ("INSTRUMENT_CONTEXT_KEY" -> ContextFields.INSTRUMENT) +
    ("IDENTITY_KEY"           -> MessageFields.IDENTITY)

  for (
    (name, value) <- """(?m)^(\w+_KEY) = "([^"]+)"$""".r
      .findAllMatchIn(python)
      .map(m => m.group(1) -> m.group(2))
  )
    test(s"$name is the same in Python") {
      assertEquals(ours.get(name), Some(value))
    }

  for (
    (name, value) <- List(
      "JVM_PRODUCER"    -> MessageFields.JVM_PRODUCER,
      "PYTHON_PRODUCER" -> MessageFields.PYTHON_PRODUCER
    )
  )
    test(s"$name is the same in Python") {
      assert(python.linesIterator.contains(s"""$name = "$value""""))
    }

  test("what is a log line is the same in Python") {
    val said = """LOG_METHODS = frozenset\(\{([^}]*)\}\)""".r.findFirstMatchIn(python).map(_.group(1))
    assertEquals(
      said.map(""""(\w+)"""".r.findAllMatchIn(_).map(_.group(1)).toSet),
      Some(Set(Method.LOG, Method.LOG_EXTERNAL_STREAM))
    )
  }
}
