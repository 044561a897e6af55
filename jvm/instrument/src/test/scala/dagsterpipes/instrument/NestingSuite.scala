package dagsterpipes.instrument

import scala.collection.JavaConverters._

import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation

/** Executions with several commands, without a Spark. */
class NestingSuite extends munit.FunSuite {
  private def write(path: String) =
    Write.builder.place(Place.UNKNOWN.withPath(path)).effect(Effect.APPEND)

  private def execution(started: Long, ended: Long, writes: Write.Builder*): Execution = {
    val made = new Execution("", null, null, started)
    made.ended = ended
    writes.foreach(write => made.commands.add(new Command(OneRowRelation(), write.build)))
    made
  }

  private def rows(root: Execution): List[(String, Option[Long])] =
    Nesting.writes(root).asScala.toList.map { write =>
      val rows = write.counts.rows
      write.place.inWords -> (if (rows.isPresent) Some(rows.getAsLong) else None)
    }

  test("the output of tasks is that of the only command, and of none of several") {
    val one = execution(0, 1, write("/a"))
    one.wrote(14, 140)
    assertEquals(rows(one), List("/a" -> Some(14L)))
    val two = execution(0, 1, write("/a"), write("/b").counts(Counts.ofTasks(4, 40)))
    two.wrote(14, 140)
    assertEquals(rows(two), List("/a" -> None, "/b" -> Some(4L)))
  }

  test("a write inside completes the command with its place, and one without a place none of several") {
    def root  = execution(0, 9, write("/a"), write("/b"))
    val known = root
    known.inside.add(execution(1, 2, write("/b").counts(Counts.ofTasks(4, 40))))
    assertEquals(rows(known), List("/a" -> None, "/b" -> Some(4L)))
    val unknown = root
    unknown.inside.add(execution(1, 2, write("/").place(Place.UNKNOWN).counts(Counts.ofTasks(4, 40))))
    assertEquals(rows(unknown), List("an unknown place" -> Some(4L), "/a" -> None, "/b" -> None))
  }

  test("a multi-insert that fails is a change of each of its places, and writes nothing") {
    val failed = execution(0, 1)
    failed.failed = true
    failed.commands.addAll(
      Command.failed(List("/a", "/b").map(path => new Command(OneRowRelation(), write(path).build)).asJava)
    )
    assertEquals(Nesting.writes(failed).asScala.map(_.effect).toList, List(Effect.DDL, Effect.DDL))
  }
}
