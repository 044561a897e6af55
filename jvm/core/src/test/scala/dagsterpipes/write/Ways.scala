package dagsterpipes.write

import java.nio.file.{Files, Path}
import java.util.{HashMap => JHashMap, Map => JMap}
import java.util.concurrent.atomic.AtomicInteger

import scala.jdk.CollectionConverters._

import dagsterpipes.MemoryStores
import dagsterpipes.Session.{captureStderr, captureStdout}

/** A kind of channel that parameters open, and the lines that its reader sees. */
final class Way(val name: String, params: () => (JMap[String, Object], (() => Unit) => List[String])) {

  /** `more` are parameters beside those that choose the channel. */
  def lines(more: (String, Object)*)(body: MessageWriterChannel => Unit): List[String] = {
    val (chosen, read) = params()
    val all            = new JHashMap[String, Object](chosen)
    more.foreach { case (key, value) => all.put(key, value) }
    read { () =>
      val channel = new DefaultMessageWriter().open(all)
      try body(channel)
      finally channel.close()
    }
  }
}

object Way {
  private val buckets = new AtomicInteger

  val all: List[Way] = List(
    new Way(
      "file",
      () => {
        val file = tempFile()
        (JMap.of("path", file.toString), run => { run(); Files.readAllLines(file).asScala.toList })
      }
    ),
    new Way(
      "stream",
      () => (JMap.of("stdio", "stdout"), run => captureStdout(run())._2.linesIterator.toList)
    ),
    new Way(
      "buffered stream",
      () => (JMap.of("buffered_stdio", "stderr"), run => captureStderr(run())._2.linesIterator.toList)
    ),
    new Way(
      "chunks",
      () => {
        val bucket = s"memory-way-${buckets.incrementAndGet()}"
        val params = JMap.of[String, Object]("bucket", bucket, "upload_interval_millis", Long.box(5))
        (params, run => { run(); MemoryStores.bucket(bucket).lines })
      }
    )
  )

  private def tempFile(): Path = {
    val file = Files.createTempFile("way", ".jsonl")
    file.toFile.deleteOnExit()
    file
  }
}
