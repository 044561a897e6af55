package dagsterpipes.write

import java.io.File
import java.util.OptionalInt

import dagsterpipes.write.Lines._

/** A program for a small heap: reports against a store that hangs until the last message is written, then prints what arrived as
  * `name=value` lines. Its arguments: how many messages, `spillBytes`, the directory.
  *
  * Every thousandth message is a report, all others are log lines; each carries its number.
  */
object MillionMessages {
  private val number = """(?:m|"payload":)(\d+)""".r.unanchored

  def main(args: Array[String]): Unit = {
    val Array(total, spillBytes, directory) = args
    var lines, reports, warnings            = 0
    var last                                = -1
    var inOrder                             = true
    var numbered                            = true
    var counted                             = Option.empty[(Long, Long)]
    val store = new StalledStore(chunk =>
      for (line <- chunk.split("\n")) {
        lines += 1
        numbered &&= line.endsWith(s""".$lines"}""")
        if (line.contains("\"closed\"")) counted = count(line)
        else if (line.contains("WARNING")) warnings += 1
        else if (!line.contains("\"opened\"")) {
          val number(digits) = line
          inOrder &&= digits.toInt > last
          last = digits.toInt
          if (line.contains("report_custom_message")) reports += 1
        }
      }
    )
    val settings = new BufferSettings(8L << 20, spillBytes.toLong, new File(directory))
    val channel =
      new ChunkedMessageWriterChannel(
        store,
        "p",
        new ChunkSettings(300, true, 120000, settings, "k3f9a1"),
        OptionalInt.empty(),
        _ => null
      )
    channel.write(opened)
    store.stall()
    val padding = "." * 60
    for (i <- 0 until total.toInt) channel.write(if (i % 1000 == 999) report(i) else log(s"m$i $padding"))
    store.recover()
    channel.write(closed)
    channel.close()
    val (told, dropped) = counted.get
    println(s"lines=$lines")
    println(s"reports=$reports")
    println(s"warnings=$warnings")
    println(s"inOrder=$inOrder")
    println(s"numbered=$numbered")
    println(s"told=$told")
    println(s"dropped=$dropped")
    println(s"puts=${store.puts}")
    println(s"largestBytes=${store.largestBytes}")
  }
}
