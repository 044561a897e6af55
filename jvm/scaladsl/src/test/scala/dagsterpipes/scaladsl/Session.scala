package dagsterpipes.scaladsl

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}

import dagsterpipes.params.ParamCodec

/** A session as Dagster launches it: context in the arguments, messages to a file of its own. */
object Session {

  /** Runs `body` and gives the lines that Dagster would read, and what `body` threw. */
  def run(
      extras: Map[String, Any] = Map.empty
  )(body: PipesContext => Unit): (Seq[String], Option[Throwable]) = {
    val messages = Files.createTempFile("pipes-messages", ".jsonl")
    val thrown =
      try {
        Pipes.run(arguments(extras, messages))(body)
        None
      } catch { case e: Throwable => Some(e) }
    val lines = new String(Files.readAllBytes(messages), UTF_8).split('\n').toSeq.filter(_.nonEmpty)
    Files.delete(messages)
    (lines, thrown)
  }

  def arguments(extras: Map[String, Any], messages: Path): Array[String] = {
    val context = Map(
      "asset_keys"                -> Seq("flights"),
      "code_version_by_asset_key" -> Map("flights" -> None),
      "provenance_by_asset_key"   -> Map("flights" -> None),
      "partition_key"             -> None,
      "partition_key_range"       -> None,
      "partition_time_window"     -> None,
      "run_id"                    -> "4d1c1a5c",
      "job_name"                  -> None,
      "retry_number"              -> 0,
      "extras"                    -> extras
    )
    Array(
      "--dagster-pipes-context",
      ParamCodec.encode(ToJava.map(Map("data" -> context))),
      "--dagster-pipes-messages",
      ParamCodec.encode(ToJava.map(Map("path" -> messages.toString)))
    )
  }
}
