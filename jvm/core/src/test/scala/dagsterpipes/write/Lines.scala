package dagsterpipes.write

import java.nio.file.{Files, Path}
import java.util.{Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.Session.obj
import dagsterpipes.message.PipesMessage
import dagsterpipes.wire.MessageFields

/** Messages, and what is in their lines, for the suites of this package. */
object Lines {
  val opened: PipesMessage = PipesMessage.of("opened", JMap.of("extras", JMap.of()))
  val closed: PipesMessage = PipesMessage.of("closed", JMap.of())

  def log(text: String): PipesMessage = PipesMessage.of("log", JMap.of("message", text, "level", "INFO"))

  def report(number: Int): PipesMessage =
    PipesMessage.of("report_custom_message", JMap.of("payload", Long.box(number.toLong)))

  def method(line: String): String = obj(line).get("method").asInstanceOf[String]

  def params(line: String): JMap[String, Object] = obj(line).get("params").asInstanceOf[JMap[String, Object]]

  def text(line: String): String = params(line).get("message").asInstanceOf[String]

  /** `(messages of the JVM, dropped_log_lines)` of a `closed` line. */
  def count(line: String): Option[(Long, Long)] = facts(line).map { counted =>
    val messages = counted.get("messages").asInstanceOf[JMap[String, Object]]
    (messages.get("j").asInstanceOf[Long], counted.get("dropped_log_lines").asInstanceOf[Long])
  }

  def facts(line: String): Option[JMap[String, Object]] =
    Option(obj(line).get(MessageFields.SESSION_FACTS).asInstanceOf[JMap[String, Object]])

  /** Its identity, which is its last key. */
  def identityOf(line: String): String = {
    val fields = obj(line)
    if (fields.keySet.asScala.last != MessageFields.IDENTITY)
      throw new AssertionError(s"no identity at the end: $line")
    fields.get(MessageFields.IDENTITY).asInstanceOf[String]
  }

  /** The number in its identity. */
  def numberOf(line: String): Int = identityOf(line).split('.').last.toInt

  def tempDirectory(): Path = {
    val directory = Files.createTempDirectory("writer")
    directory.toFile.deleteOnExit()
    directory
  }

  def files(directory: Path): List[Path] = {
    val list = Files.list(directory)
    try list.iterator.asScala.toList
    finally list.close()
  }
}
