package dagsterpipes.spark

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.util.Collections.singletonMap
import java.util.{HashMap => JHashMap, Map => JMap}

import dagsterpipes.{Pipes, PipesBuilder}
import dagsterpipes.json.Json
import dagsterpipes.params.{EnvironmentParamsLoader, MapParamsLoader, ParamCodec}

/** A session over a file that Python and JVM code of one driver share: both open it with the same parameters. */
abstract class BridgeSuite extends SparkSuite {
  protected val file: FunFixture[Path] =
    FunFixture[Path](_ => Files.createTempFile("pipes", ".json"), Files.delete(_))

  /** A context of the assets `a` and `b/c`. */
  protected val wholeContext: String = ParamCodec.encode(
    singletonMap(
      "data",
      Json.read(
        """{"asset_keys":["a","b/c"],"code_version_by_asset_key":{},"provenance_by_asset_key":{},"partition_key":null,""" +
          """"partition_key_range":null,"partition_time_window":null,"run_id":"r","job_name":null,"retry_number":0,""" +
          """"extras":{"who":"python"}}"""
      )
    )
  )

  private def messages(path: Path, more: Seq[(String, Object)]): String = {
    val params = new JHashMap[String, Object](singletonMap("path", path.toString))
    more.foreach { case (key, value) => params.put(key, value) }
    ParamCodec.encode(params)
  }

  /** Python's bridge; `more` are message parameters beside the file. */
  protected def python(path: Path, more: (String, Object)*): PySparkBridge =
    PySparkBridge.open(messages(path, more), wholeContext)

  protected def fromJvm(path: Path, more: (String, Object)*): PipesBuilder = {
    val params = new JHashMap[String, String]
    params.put(EnvironmentParamsLoader.CONTEXT, wholeContext)
    params.put(EnvironmentParamsLoader.MESSAGES, messages(path, more))
    Pipes.builder().paramsLoader(new MapParamsLoader(params))
  }

  protected def line(method: String, params: String = "{}"): String =
    s"""{"method": "$method", "params": $params}"""

  protected def lines(path: Path): List[String] =
    new String(Files.readAllBytes(path), UTF_8).split('\n').toList

  protected def methods(path: Path): List[String] =
    lines(path).map(_.replaceAll(""".*"method": ?"(\w+)".*""", "$1"))

  protected def obj(line: String): JMap[String, Object] = Json.read(line).asInstanceOf[JMap[String, Object]]
}
