package dagsterpipes.instrument

import java.util.{Arrays, Collections, OptionalLong}

import scala.collection.JavaConverters._

import dagsterpipes.report.{TableColumn, TableSchema}

/** One write, and several as one. */
class WriteSuite extends munit.FunSuite {
  private val schema = TableSchema.of(Collections.singletonList(TableColumn.of("id", "bigint")))
  private val lineage = ColumnLineage.of(
    Collections.singletonMap("id", Column.from(Collections.singleton(new SourceColumn("a/b", "key"))))
  )

  private def write(effect: Effect = Effect.APPEND) =
    Write.builder.place(Place.UNKNOWN.withPath("s3://lake/orders")).effect(effect)

  private def rows(counted: Long) = Counts.NONE.withRows(OptionalLong.of(counted))

  test("half a write is refused, with what it lacks") {
    def refused(half: Write.Builder) = intercept[IllegalStateException](half.build).getMessage
    assertEquals(
      refused(Write.builder.effect(Effect.APPEND).mode("append").counts(rows(1))),
      "A write without its place: say it, if need be as UNKNOWN."
    )
    assertEquals(
      refused(Write.builder.place(Place.UNKNOWN).mode("append")),
      "A write without its effect: say it, if need be as UNKNOWN."
    )
  }

  test("what was not said of a write is not known") {
    val bare = write().build
    assert(!bare.counts.rows.isPresent && !bare.schema.isPresent && !bare.partitionColumns.isPresent)
    assert(!bare.lineage.isFollowed && !bare.lineage.whyLeftOut.isPresent)
  }

  test("a write that is made from others leaves them as they were") {
    val first  = write(Effect.OVERWRITE).counts(rows(5).withChange("deleted", 1)).build
    val second = write().counts(rows(2).withChange("deleted", 2)).build
    val both   = second.after(first)
    second.completedBy(write().schema(schema).lineage(lineage).build)
    assertEquals(both.placeCounts.written.rows.getAsLong, 7L)
    assertEquals(both.placeCounts.written.changes.get("deleted").longValue, 3L)
    assertEquals(both.placeCounts.total.getAsLong, 7L)
    for ((write, count) <- Seq(first -> 5L, second -> 2L))
      assertEquals(write.counts.rows.getAsLong, count)
    assertEquals(second.effect, Effect.APPEND)
    assert(!second.schema.isPresent && !second.lineage.isFollowed)
  }

  test("neither the builder nor what was handed to it changes a write that was made") {
    val columns = new java.util.ArrayList(Arrays.asList("day"))
    val builder = write().partitionColumns(columns)
    val made    = builder.build
    columns.add("hour")
    builder.mode("overwrite").counts(rows(1))
    assertEquals(made.partitionColumns.get, Collections.singletonList("day"))
    assertEquals(made.mode, null)
    assert(!made.counts.rows.isPresent)
    intercept[UnsupportedOperationException](made.partitionColumns.get.add("hour"))
    intercept[UnsupportedOperationException](rows(1).withChange("updated", 1).changes.clear())
  }

  test("a sum with a number that nobody counted is not known") {
    val known = Counts.ofTasks(5, 500)
    assertEquals((Counts.ofTasks(5, 0).bytes.isPresent, Counts.ofTasks(0, 5).rows.isPresent), (false, false))
    assertEquals(known.plus(rows(2)).rows.getAsLong, 7L)
    assert(!known.plus(rows(2)).bytes.isPresent)
    assert(!known.plus(Counts.NONE).rows.isPresent)
  }

  test("numbers that are there stay, others are filled in") {
    val filled = rows(5).orElse(Counts.ofTasks(50, 500))
    assertEquals(filled.rows.getAsLong, 5L)
    assertEquals(filled.bytes.getAsLong, 500L)
    assert(!filled.files.isPresent)
  }

  test("of partitions of two writes nobody knows whether they are the same ones") {
    val counts = Counts.NONE.withPartitions(OptionalLong.of(3))
    assert(!counts.plus(counts).partitions.isPresent)
  }

  test("an overwrite takes the place of what was there, with its schema") {
    val first = write().counts(rows(5)).schema(schema).build
    val whole = write(Effect.OVERWRITE).counts(rows(2)).build
    assertEquals(whole.after(first).counts.rows.getAsLong, 2L)
    assert(!whole.after(first).schema.isPresent)
    assertEquals(write().build.after(first).schema.get, schema)
  }

  test("a command that failed may have changed its place, and a sink has none") {
    assertEquals(write(Effect.APPEND).build.failed.effect, Effect.DDL)
    assertEquals(write(Effect.EMPTIED).build.failed.effect, Effect.DDL)
    assertEquals(write().place(Place.UNKNOWN.withFormat("noop")).build.failed.effect, Effect.NOTHING)
  }

  private def completed(outer: Write.Builder, inner: Write.Builder*): Write =
    inner.foldLeft(outer.build)((write, inside) => write.completedBy(inside.build))

  private def leftOut(reason: String) = write().lineage(ColumnLineage.leftOut(reason))

  test("a command takes lineage, or why it has none, from the write inside") {
    val found = completed(leftOut("too large"), write().lineage(lineage))
    assertEquals(found.lineage.columns.keySet.asScala.toSet, Set("id"))
    assert(!found.lineage.whyLeftOut.isPresent)
    val missing = completed(write(), leftOut("too large"), write())
    assertEquals(missing.lineage.whyLeftOut.get, "too large")
    assertEquals(completed(leftOut("its own"), leftOut("another")).lineage.whyLeftOut.get, "its own")
    val changed =
      completed(write(Effect.CHANGE).lineage(ColumnLineage.leftOut("why")), write().lineage(lineage))
    assertEquals(changed.lineage.whyLeftOut.get, "why")
    assert(!changed.lineage.isFollowed)
  }

  test("the folder in which a data source stages its rows is not the place, and its bytes do not count") {
    val staging = write().counts(Counts.ofTasks(9, 90)).build
    val found   = Write.builder.place(Place.UNKNOWN).effect(Effect.APPEND).build.ofSource.completedBy(staging)
    assertEquals(found.place.inWords, "an unknown place")
    assertEquals(found.counts.rows.getAsLong, 9L)
    assert(!found.counts.bytes.isPresent)
  }

  test("what an earlier write to the same place says of it stays known") {
    val table = Write.builder
      .place(Place.UNKNOWN.withTable(TableName.of("sales", "orders")).withPath("s3://lake/orders"))
      .effect(Effect.OVERWRITE)
      .build
    for (effect <- Seq(Effect.APPEND, Effect.OVERWRITE))
      assertEquals(write(effect).build.after(table).place.table, "sales.orders")
  }

  test("a command takes schema and numbers that it lacks from the write inside, and keeps its own") {
    val found = completed(write().counts(rows(1)), write().counts(Counts.ofTasks(9, 90)).schema(schema))
    assertEquals(found.counts.rows.getAsLong, 1L)
    assertEquals(found.counts.bytes.getAsLong, 90L)
    assertEquals(found.schema.get, schema)
  }
}
