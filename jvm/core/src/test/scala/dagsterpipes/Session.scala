package dagsterpipes

import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.util.{Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.json.Json
import dagsterpipes.params.{EnvironmentParamsLoader, MapParamsLoader, ParamCodec}

/** The shared parts of the suites: contexts, sessions that write into a file, and reading JSON. */
object Session {
  def json(text: String): Any = Json.read(text)

  def obj(text: String): JMap[String, Object] = json(text).asInstanceOf[JMap[String, Object]]

  /** A context of the asset `my_asset`, with `changes` (JSON fields, later ones win). */
  def context(changes: String*): JMap[String, Object] = {
    val fields = obj(
      """{
      "asset_keys": ["my_asset"], "code_version_by_asset_key": {"my_asset": "v1"},
      "provenance_by_asset_key": {"my_asset": null}, "partition_key": null, "partition_key_range": null,
      "partition_time_window": null, "run_id": "run-1", "job_name": "a_job", "retry_number": 2, "extras": {}}"""
    )
    changes.foreach(change => fields.putAll(obj(s"{$change}")))
    fields
  }

  val twoAssets: String =
    """"asset_keys": ["a", "b/c"], "code_version_by_asset_key": {"a": null, "b/c": "v2"},
    "provenance_by_asset_key": {"a": null, "b/c": {"code_version": "v1", "input_data_versions": {"in": "7"},
    "is_user_provided": true}}"""

  val noAssets: String =
    """"asset_keys": null, "code_version_by_asset_key": null, "provenance_by_asset_key": null"""

  def loader(contextParams: JMap[String, Object], messagesParams: JMap[String, Object]): MapParamsLoader =
    new MapParamsLoader(
      Map(
        EnvironmentParamsLoader.CONTEXT  -> ParamCodec.encode(contextParams),
        EnvironmentParamsLoader.MESSAGES -> ParamCodec.encode(messagesParams)
      ).asJava
    )

  def data(context: JMap[String, Object]): JMap[String, Object] = JMap.of("data", context)

  /** A session over a file, for the suites that look at what is sent. */
  final class OverFile(val file: Path, context: JMap[String, Object]) {
    val pipes: PipesContext =
      Pipes.builder().paramsLoader(loader(data(context), JMap.of("path", file.toString))).open()

    def lines: List[String] = Files.readAllLines(file).asScala.toList

    /** Method and params of every message. */
    def messages: List[(String, JMap[String, Object])] = lines.map { line =>
      val message = obj(line)
      (message.get("method").asInstanceOf[String], message.get("params").asInstanceOf[JMap[String, Object]])
    }

    def last: (String, Any) = messages.last
  }

  def withSession[T](changes: String*)(body: OverFile => T): T = {
    val file    = Files.createTempFile("pipes", ".jsonl")
    val session = new OverFile(file, context(changes: _*))
    try body(session)
    finally {
      session.pipes.close()
      Files.deleteIfExists(file)
    }
  }

  /** The context alone. */
  def withPipes[T](changes: String*)(body: PipesContext => T): T =
    withSession(changes: _*)(s => body(s.pipes))

  def captureStderr[T](body: => T): (T, String) = capture(System.err, System.setErr(_))(body)

  def captureStdout[T](body: => T): (T, String) = capture(System.out, System.setOut(_))(body)

  private def capture[T](old: PrintStream, set: PrintStream => Unit)(body: => T): (T, String) = {
    val bytes = new ByteArrayOutputStream
    set(new PrintStream(bytes, false, "UTF-8"))
    try {
      val result = body
      (result, new String(bytes.toByteArray, UTF_8))
    } finally set(old)
  }
}
