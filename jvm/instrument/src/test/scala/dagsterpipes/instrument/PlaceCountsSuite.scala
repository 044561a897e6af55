package dagsterpipes.instrument

import java.util.OptionalLong

import scala.collection.JavaConverters._

import dagsterpipes.instrument.Effect._

/** The numbers that are known of a place: the table of docs/zero-code.md, cell by cell. */
class PlaceCountsSuite extends munit.FunSuite {
  private val absent: Option[Long] = None

  private def rows(count: Long) = Counts.NONE.withRows(OptionalLong.of(count))

  private def of(number: OptionalLong) = if (number.isPresent) Some(number.getAsLong) else None

  private def known(counts: PlaceCounts) = (of(counts.total), of(counts.written.rows))

  private def partition(values: (String, String)*) =
    new Partition(values.toMap.asJava)

  private val nothing = PlaceCounts.START
  private val whole   = nothing.after(OVERWRITE, rows(20), null)
  private val part    = nothing.after(APPEND, rows(20), null)

  // A command that writes 3 rows: all rows, and the written ones.
  for (
    (effect, afterWhole, afterPart, first) <- Seq(
      (OVERWRITE, (Some(3L), Some(3L)), (Some(3L), Some(3L)), (Some(3L), Some(3L))),
      (APPEND, (Some(23L), Some(23L)), (absent, Some(23L)), (absent, Some(3L))),
      (DYNAMIC, (absent, absent), (absent, absent), (absent, Some(3L))),
      (PARTIAL, (absent, absent), (absent, absent), (absent, Some(3L))),
      (CHANGE, (absent, absent), (absent, absent), (absent, Some(3L))),
      (UNKNOWN, (absent, absent), (absent, absent), (absent, Some(3L))),
      (EMPTIED, (absent, absent), (absent, absent), (absent, absent)),
      (DDL, (absent, absent), (absent, absent), (absent, absent)),
      (NOTHING, (Some(20L), Some(20L)), (absent, Some(20L)), (absent, absent))
    )
  )
    test(s"all rows and the written rows after $effect") {
      assertEquals(known(whole.after(effect, rows(3), null)), afterWhole, "20 rows were known")
      assertEquals(known(part.after(effect, rows(3), null)), afterPart, "20 rows were added to others")
      assertEquals(known(nothing.after(effect, rows(3), null)), first, "nothing was written before")
    }

  test("the table has every effect") {
    assertEquals(
      Effect.values.toSet,
      Set(OVERWRITE, APPEND, DYNAMIC, PARTIAL, CHANGE, UNKNOWN, EMPTIED, DDL, NOTHING)
    )
  }

  test(
    "what an application writes after a table was emptied is all of its own, and after DDL it is not known"
  ) {
    assertEquals(
      known(whole.after(EMPTIED, Counts.NONE, null).after(APPEND, rows(3), null)),
      (absent, Some(3L))
    )
    assertEquals(known(whole.after(DDL, Counts.NONE, null).after(APPEND, rows(3), null)), (absent, absent))
    for (voided <- Seq(EMPTIED, DDL, CHANGE, DYNAMIC, PARTIAL))
      assertEquals(
        known(whole.after(voided, rows(1), null).after(OVERWRITE, rows(3), null)),
        (Some(3L), Some(3L)),
        voided
      )
  }

  private def overwritten(counts: PlaceCounts, writes: (Partition, Long)*) =
    writes.foldLeft(counts) { case (sum, (only, count)) => sum.after(PARTIAL, rows(count), only) }

  private val first  = partition("day" -> "1")
  private val second = partition("day" -> "2")

  test("a partition that is overwritten has the rows of its last write") {
    val both = overwritten(nothing, first -> 5, second -> 4, first -> 3)
    assertEquals(known(both), (absent, Some(7L)))
    assertEquals(
      (of(both.rowsOf("1")), of(both.rowsOf("2")), of(both.rowsOf("3"))),
      (Some(3L), Some(4L), absent)
    )
  }

  test("a partition is known after a whole write, and what was written in all is not") {
    val both = overwritten(whole, first -> 5)
    assertEquals(known(both), (absent, absent))
    assertEquals(of(both.rowsOf("1")), Some(5L))
  }

  test("an append to a partition adds up, and another write leaves no partition known") {
    val one = overwritten(nothing, first -> 5)
    assertEquals(of(one.after(APPEND, rows(2), first).rowsOf("1")), Some(7L))
    for (effect <- Effect.values if effect != NOTHING)
      assertEquals(of(one.after(effect, rows(2), null).rowsOf("1")), absent, effect)
    assertEquals(of(nothing.after(APPEND, rows(2), first).rowsOf("1")), absent)
  }

  test(
    "a partition with fewer columns replaces those inside it, and one inside leaves the outer one unknown"
  ) {
    val hour  = partition("day" -> "1", "hour" -> "7")
    val inner = overwritten(nothing, hour -> 5, second -> 4, first -> 3)
    assertEquals((known(inner), of(inner.rowsOf("1"))), ((absent, Some(7L)), Some(3L)))
    val outer = overwritten(nothing, first -> 5, hour -> 1)
    assertEquals((known(outer), of(outer.rowsOf("1"))), ((absent, absent), absent))
  }

  test("a key of several dimensions is the values of several columns, in any order of the columns") {
    val both = overwritten(nothing, partition("day" -> "1", "region" -> "us") -> 5)
    assertEquals(
      (of(both.rowsOf("1|us")), of(both.rowsOf("1")), of(both.rowsOf("us"))),
      (Some(5L), absent, absent)
    )
    val ambiguous = overwritten(both, partition("day" -> "us", "region" -> "1") -> 5)
    assertEquals(of(ambiguous.rowsOf("1|us")), absent)
  }

  test("counts of changes add up, whatever else is written") {
    val twice = whole
      .after(CHANGE, rows(3).withChange("updated", 1), null)
      .after(CHANGE, rows(3).withChange("updated", 2), null)
    assertEquals(twice.written.changes.get("updated").longValue, 3L)
    assertEquals(of(twice.written.rows), absent)
  }
}
