package dagsterpipes

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path, Paths}

import scala.jdk.CollectionConverters._

/** Rules on the text of the JVM main code of all modules that go into a job. */
class SourceSuite extends munit.FunSuite {
  private val jvm = Paths.get(System.getProperty("project.root"), "jvm")

  private def sources: List[Path] = List("core", "s3", "spark", "instrument").flatMap { module =>
    val walk = Files.walk(jvm.resolve(module).resolve("src/main/java"))
    try walk.iterator.asScala.filter(_.toString.endsWith(".java")).toList
    finally walk.close()
  }

  private def linesWith(pattern: String, except: String*): List[String] = for {
    file <- sources if !except.exists(name => file.endsWith(name))
    line <- Files.readAllLines(file, UTF_8).asScala.toList
    code = line.trim if !code.startsWith("*") && !code.startsWith("/")
    if code.matches(s".*(?:$pattern).*")
  } yield s"${file.getFileName}: $code"

  test("stdout belongs to the job: only the writer and the capture that were asked for it touch System.out") {
    // SqlMain is the job: it prints rows as spark-sql does.
    val allowed = Seq("DefaultMessageWriter.java", "StandardStreams.java", "SqlMain.java")
    assertEquals(linesWith("System\\.out\\b", allowed: _*), Nil)
  }

  test("stderr is written by one class") {
    assertEquals(
      // PipesMain repeats spark-submit's own words for a missing class.
      linesWith(
        "System\\.err\\b|printStackTrace\\(\\)",
        "Stderr.java",
        "StandardStreams.java",
        "PipesMain.java"
      )
        .filterNot(_.endsWith("return System.err;")),
      Nil
    )
  }

  test("the clock that people set plays no part: it jumps") {
    assertEquals(
      linesWith(
        "currentTimeMillis|java\\.time\\.Clock|(Instant|Local\\w+|ZonedDateTime)\\.now|new Date\\(\\)"
      ),
      Nil
    )
  }

  test("no file is longer than 400 lines") {
    assertEquals(sources.filter(Files.readAllLines(_, UTF_8).size > 400), Nil)
  }
}
