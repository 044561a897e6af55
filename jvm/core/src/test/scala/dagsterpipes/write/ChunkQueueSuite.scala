package dagsterpipes.write

import java.nio.file.{Files, Path}

import scala.util.Random

import dagsterpipes.write.Lines._

/** Order, bounds and files of what waits for its upload. */
class ChunkQueueSuite extends munit.FunSuite {
  private def queue(buffer: Long, spill: Long, directory: Path = tempDirectory()) =
    new ChunkQueue(new BufferSettings(buffer, spill, directory.toFile))

  private def add(queue: ChunkQueue, line: String, keep: Boolean = false): Boolean =
    queue.add(s"\n$line".getBytes, keep, keep, System.nanoTime)

  private def takeAll(queue: ChunkQueue): List[String] =
    Iterator.continually(queue).takeWhile(!_.isEmpty).map(_.take().text).toList

  test("a chunk has at most 2 MiB and is as full as its lines allow; a longer line is one of its own") {
    val q    = queue(1L << 30, 0)
    val line = "x" * 1000000
    val long = "y" * (ChunkQueue.MAX_CHUNK_BYTES + 1)
    (List.fill(9)(line) ::: List(long, "after")).foreach(add(q, _))
    assertEquals(
      takeAll(q).map(_.split("\n").map(_.length).toList), {
        List.fill(4)(List.fill(2)(1000000)) ::: List(List(1000000), List(long.length), List(5))
      }
    )
  }

  test("memory first, then disk, in order, whatever is taken in between") {
    val random = new Random(1)
    val q      = queue(20000, 10L << 20)
    val sent   = (1 to 20000).map(i => s"$i:" + "z" * random.nextInt(200)).toList
    val got    = List.newBuilder[String]
    for (line <- sent) {
      assert(add(q, line))
      if (random.nextInt(2000) == 0 && !q.isEmpty) got ++= q.take().text.split("\n")
    }
    got ++= takeAll(q).flatMap(_.split("\n"))
    assertEquals(got.result(), sent)
  }

  test("beyond memory and disk a line that may go is refused, one that must stay is kept, in its place") {
    val q = queue(5000, 10000)
    assertEquals((1 to 100).count(_ => add(q, "d" * 999)), 15)
    assert(add(q, "report", keep = true))
    assert(!add(q, "d" * 999))
    assert(add(q, "closed", keep = true))
    assertEquals(takeAll(q).flatMap(_.split("\n")).drop(15), List("report", "closed"))
    assert(add(q, "d" * 999))
  }

  test("a file that is still read goes on growing at its end") {
    val q    = queue(4096, 1L << 30)
    val sent = (0 until 9).map(_.toString * 1000000).toList
    val got  = List.newBuilder[String]
    for (line <- sent) {
      assert(add(q, line))
      if (q.chunks == 2) got ++= q.take().text.split("\n")
    }
    got ++= takeAll(q).flatMap(_.split("\n"))
    assertEquals(got.result(), sent)
  }

  test("disk that was read is free again: the limit is on what waits, not on what ever came") {
    val q = queue(4096, 64 << 10)
    for (round <- 1 to 50) {
      assertEquals((1 to 60).count(i => add(q, s"$round:$i:" + "s" * 990)), 60)
      assertEquals(takeAll(q).mkString("\n").split("\n").length, 60)
    }
    q.close()
  }

  test("a file on disk belongs to its owner alone, has no name while it is in use, and is gone after close") {
    val directory = tempDirectory()
    val q         = queue(4096, 1 << 20, directory)
    (1 to 100).foreach(i => add(q, s"$i" * 100))
    val descriptors = files(Path.of("/proc/self/fd")).flatMap { fd =>
      try Some(fd -> Files.readSymbolicLink(fd).toString)
      catch { case _: java.io.IOException => None }
    }
    val open = descriptors.collect { case (fd, target) if target.startsWith(directory.toString) => fd }
    assertEquals(open.size, 1)
    assertEquals(Files.getAttribute(open.head, "unix:mode").asInstanceOf[Int] & 0x1ff, 0x180) // 600
    assertEquals(files(directory), Nil)
    q.close()
    assert(
      !Files.exists(open.head) || !Files.readSymbolicLink(open.head).toString.contains(directory.toString)
    )
  }

  test("a directory that takes no file holds nothing, and the reason is known") {
    val missing = tempDirectory().resolve("missing")
    val q       = queue(4096, 1 << 20, missing)
    assertEquals((1 to 10).count(_ => add(q, "d" * 999)), 4)
    assertEquals(q.diskFault.reason, "there is no such directory")
    assert(add(q, "report", keep = true))
    assertEquals(takeAll(q).last.split("\n").last, "report")
  }

  test("an interrupted thread still writes to the disk and reads from it") {
    val q = queue(4096, 1 << 20)
    Thread.currentThread().interrupt()
    assertEquals((1 to 100).count(_ => add(q, "i" * 999)), 100)
    assertEquals(takeAll(q).flatMap(_.split("\n")).size, 100)
    assert(Thread.interrupted())
  }

  test("the oldest line's time is that of the first that waits; a full chunk waits for nothing") {
    val q = queue(64L << 20, 0)
    q.add("\na".getBytes, false, false, 7)
    q.add("\nb".getBytes, false, false, 9)
    assertEquals((q.oldestNanos, q.firstIsReady), (7L, false))
    q.add(("\n" + "c" * ChunkQueue.MAX_CHUNK_BYTES).getBytes, false, false, 11)
    assert(q.firstIsReady)
    q.take()
    assertEquals((q.oldestNanos, q.firstIsReady), (11L, false))
  }
}
