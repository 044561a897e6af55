package dagsterpipes.floors

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path, Paths}

import scala.jdk.CollectionConverters._
import scala.util.Using

/** A source file of a module, and the packages that its import lines name. */
final case class Source(file: Path, packageName: String, imports: Seq[String])

object Sources {
  private val declared = """(?m)^package ([\w.]+)""".r

  /** Up to the first name with a capital letter, a brace or a wildcard. */
  private val imported = """(?m)^\s*import (?:static )?(dagsterpipes(?:\.[a-z]\w*)*)\b""".r

  def of(module: String): Seq[Source] = {
    val root = Paths.get(System.getProperty("project.root"))
    Using.resource(Files.walk(root.resolve("jvm").resolve(module).resolve("src/main"))) { walk =>
      walk.iterator.asScala
        .filter(file => file.toString.matches(""".*\.(java|scala)"""))
        .map { file =>
          val text = Files.readString(file, UTF_8)
          Source(
            root.relativize(file),
            declared.findFirstMatchIn(text).map(_.group(1)).getOrElse(""),
            imported.findAllMatchIn(text).map(_.group(1)).toSeq.distinct
          )
        }
        .toList
    }
  }
}
