package dagsterpipes

import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.file.Files
import java.util.{Collections, HashMap => JHashMap, Map => JMap}

import scala.collection.JavaConverters._

import dagsterpipes.json.Json
import dagsterpipes.params.{EnvironmentParamsLoader, MapParamsLoader, ParamCodec}

/** One session over a file, and what it sent. */
object FileSession {
  final case class Sent(messages: List[(String, JMap[String, Object])]) {

    /** Level and text of the log lines. */
    def logs: List[(String, String)] = messages.collect { case ("log", params) =>
      (params.get("level").toString, params.get("message").toString)
    }

    /** Each materialization's metadata, without the types. */
    def materializations: List[Map[String, Any]] = messages.collect {
      case ("report_asset_materialization", params) =>
        params.get("metadata").asInstanceOf[JMap[String, JMap[String, Object]]].asScala.toMap.map {
          case (key, value) => key -> value.get("raw_value")
        }
    }

    def text(stream: String): String = messages.collect {
      case ("log_external_stream", params) if params.get("stream") == stream => params.get("text").toString
    }.mkString
  }

  /** @param fields
    *   further fields of the context, as JSON that begins with a comma
    */
  def run(capture: Boolean = false, asset: Option[String] = None, fields: String = "")(
      body: PipesContext => Unit
  ): Sent = {
    val file     = Files.createTempFile("pipes", ".jsonl")
    val messages = new JHashMap[String, Object]
    messages.put("path", file.toString)
    messages.put("include_stdio_in_messages", Boolean.box(capture))
    val context =
      Json.read(
        s"""{"asset_keys": ${asset.fold("null")(key =>
            s"""["$key"]"""
          )}, "run_id": "r", "job_name": null,""" +
          s""" "retry_number": 0, "extras": {}$fields}"""
      )
    val params = new JHashMap[String, String]
    params.put(
      EnvironmentParamsLoader.CONTEXT,
      ParamCodec.encode(Collections.singletonMap("data", context))
    )
    params.put(EnvironmentParamsLoader.MESSAGES, ParamCodec.encode(messages))
    val pipes = Pipes.builder().paramsLoader(new MapParamsLoader(params)).open()
    try body(pipes)
    finally pipes.close()
    val sent = Files.readAllLines(file).asScala.toList.map { line =>
      val message = Json.read(line).asInstanceOf[JMap[String, Object]]
      (message.get("method").toString, message.get("params").asInstanceOf[JMap[String, Object]])
    }
    Files.delete(file)
    Sent(sent)
  }

  def printedToStderr(body: => Unit): String = {
    val bytes = new ByteArrayOutputStream
    val old   = System.err
    System.setErr(new PrintStream(bytes, true, "UTF-8"))
    try body
    finally System.setErr(old)
    bytes.toString("UTF-8")
  }
}
