package dagsterpipes.instrument

import java.util.{Collections, OptionalLong}

import dagsterpipes.FileSession
import dagsterpipes.errors.PipesException
import dagsterpipes.session.Sessions
import dagsterpipes.report.{TableColumn, TableSchema}
import dagsterpipes.wire.PipesConf

/** Several writes together, as metadata. */
class OutputsSuite extends munit.FunSuite {
  private val schema = TableSchema.of(Collections.singletonList(TableColumn.of("id", "bigint")))
  private val lineage = ColumnLineage.of(
    Collections.singletonMap("id", Column.from(Collections.singleton(new SourceColumn("a/b", "key"))))
  )

  private def write(rows: Long, effect: Effect = Effect.APPEND, counts: Counts => Counts = identity) =
    Write.builder
      .place(Place.UNKNOWN.withPath("s3://lake/orders"))
      .effect(effect)
      .mode("append")
      .counts(counts(Counts.NONE.withRows(OptionalLong.of(rows))))

  private def reported(writes: Write.Builder*): Map[String, Any] = reportedFor(None)(writes: _*)

  private def reportedFor(partitions: Option[(String, String)])(writes: Write.Builder*): Map[String, Any] =
    FileSession
      .run(
        asset = Some("made"),
        fields = partitions.fold("") { case (start, end) =>
          s""", "partition_key_range": {"start": "$start", "end": "$end"}"""
        }
      ) { pipes =>
        val outputs = new Outputs(pipes, Sessions.of(pipes), new Notices(pipes))
        writes.foreach(write => outputs.add(write.build))
        outputs.report(Collections.emptyMap())
      }
      .materializations
      .head

  test("an asset that the application has reported is left to it") {
    val sent = FileSession.run(asset = Some("made")) { pipes =>
      val outputs = new Outputs(pipes, Sessions.of(pipes), new Notices(pipes))
      outputs.add(write(5).build)
      pipes.reportAssetMaterialization(Collections.singletonMap("by", "the application"))
      outputs.report(Collections.emptyMap())
    }
    assertEquals(sent.materializations.map(_.keySet), List(Set("by")))
    val said = "The application reported the asset made itself: what Spark wrote is not added."
    assertEquals(sent.logs.last, ("INFO", said))
  }

  test("an asset that the instrumentation has reported is refused to the application") {
    val sent = FileSession.run(asset = Some("made")) { pipes =>
      val outputs = new Outputs(pipes, Sessions.of(pipes), new Notices(pipes))
      outputs.add(write(5).build)
      outputs.report(Collections.emptyMap())
      val e = intercept[PipesException](pipes.reportAssetMaterialization())
      assert(e.getMessage.contains("Asset has already been materialized"), e.getMessage)
    }
    assertEquals(sent.materializations.size, 1)
  }

  test("appends add up, and an overwrite takes their place") {
    val all = reported(write(5), write(7, Effect.OVERWRITE), write(2))
    assertEquals(all("spark/rows_written"), 9)
    assertEquals(all("dagster/row_count"), 9)
    assert(!reported(write(5)).contains("dagster/row_count"))
  }

  test("the patterns of the context assign a write to an asset, and a property of the user replaces them") {
    def assets(): List[Map[String, Any]] =
      FileSession
        .run(
          asset = Some("made"),
          fields = """, "dagster_pipes_jvm_instrument": {"outputs": {"made": "*/orders"}}"""
        ) { pipes =>
          val outputs = new Outputs(pipes, Sessions.of(pipes), new Notices(pipes))
          outputs.add(write(5).build)
          outputs.add(write(5).place(Place.UNKNOWN.withPath("s3://lake/other")).build)
          outputs.report(Collections.emptyMap())
        }
        .materializations
    assertEquals(assets().map(_("spark/rows_written")), List(5))
    System.setProperty(PipesConf.INSTRUMENT_OUTPUTS, """{"made": "*/none"}""")
    try assertEquals(assets(), Nil)
    finally System.clearProperty(PipesConf.INSTRUMENT_OUTPUTS)
  }

  test("the number of all rows has a key of its own for a partition, and for a range of partitions") {
    def keys(partitions: (String, String)) =
      reportedFor(Some(partitions))(write(7, Effect.OVERWRITE)).keySet.filter(_.endsWith("row_count"))
    assertEquals(keys("a" -> "a"), Set("dagster/partition_row_count"))
    assertEquals(keys("a" -> "c"), Set("spark/range_row_count"))
  }

  test(
    "the figures of a range have keys of their own, since Dagster attaches them to each of its partitions"
  ) {
    val all = reportedFor(Some("a" -> "c"))(
      write(7, Effect.OVERWRITE, _.withChange("updated", 1).withBytes(OptionalLong.of(70)))
    )
    val figures = Set("row_count", "rows_written", "rows_updated", "bytes_written").map("spark/range_" + _)
    assertEquals(all.keySet, figures ++ Set("spark/mode", "dagster/uri"))
  }

  test("a partition that is overwritten has its own count, if it is the step's") {
    def partOf(day: String)(builder: Write.Builder) =
      builder.effect(Effect.PARTIAL).partition(new Partition(Collections.singletonMap("day", day)))
    val today = reportedFor(Some("a" -> "a"))(partOf("a")(write(7)), partOf("a")(write(3)))
    assertEquals(today("dagster/partition_row_count"), 3)
    assertEquals(today("spark/rows_written"), 3)
    for (step <- Seq(None, Some("b" -> "b"), Some("a" -> "c")))
      assert(!reportedFor(step)(partOf("a")(write(7))).keySet.exists(_.endsWith("row_count")), step)
  }

  test("all rows of a place with partitions are those of the step's partition, if a folder has its key") {
    def rows(path: String) = reportedFor(Some("1" -> "1"))(
      write(7, Effect.OVERWRITE)
        .place(Place.UNKNOWN.withPath(path))
        .partitionColumns(Collections.singletonList("hour"))
    ).get("dagster/partition_row_count")
    for (path <- Seq("s3://lake/orders/day=1", "s3://lake/1/orders"))
      assertEquals(rows(path), Some(7), path)
    for (path <- Seq("s3://lake/v1/orders", "s3://lake/orders/day=11"))
      assertEquals(rows(path), None, path)
  }

  test("a sink without a place is no asset, and an earlier report stays") {
    val sink = write(90).place(Place.UNKNOWN.withFormat("noop"))
    assertEquals(reported(write(5), sink)("spark/rows_written"), 5)
  }

  private def changed(effect: Effect, place: Place) = Write.builder.place(place).effect(effect)

  test("a change of a table voids the counts of the place that it names, of folders around it, or of all") {
    val whole                 = write(5, Effect.OVERWRITE)
    def counted(place: Place) = reported(whole, changed(Effect.DDL, place)).contains("spark/rows_written")
    for (path <- Seq("s3a://lake/orders/", "s3://lake/orders/day=1", "s3://lake", "lake/orders"))
      assert(!counted(Place.UNKNOWN.withPath(path)), path)
    assert(!counted(Place.UNKNOWN))
    for (path <- Seq("s3://lake/orders2", "s3://lake/others"))
      assert(counted(Place.UNKNOWN.withPath(path)), path)
    val table = write(5, Effect.OVERWRITE).place(Place.UNKNOWN.withTable(TableName.of("sales", "orders")))
    val copy  = write(6).place(Place.UNKNOWN.withTable(TableName.of("orders")).withFormat("jdbc"))
    for ((name, isCounted) <- Seq("orders" -> false, "sales.orders" -> false, "others" -> true))
      assertEquals(
        reported(table, changed(Effect.DDL, Place.UNKNOWN.withTable(TableName.of(name.split("\\."): _*))))
          .contains("dagster/row_count"),
        isCounted,
        name
      )
    val both = reported(table, copy)("spark/writes").asInstanceOf[java.util.Map[String, Any]].get("records")
    assert(both.toString.contains("rows=5"), both)
  }

  test("a place that was dropped is shown only if there is no other one") {
    val other   = write(3, Effect.OVERWRITE).place(Place.UNKNOWN.withTable(TableName.of("db", "temporary")))
    val dropped = changed(Effect.EMPTIED, Place.UNKNOWN.withTable(TableName.of("temporary")))
    val gone    = changed(Effect.EMPTIED, Place.UNKNOWN.withTable(TableName.of("db", "temporary")))
    assertEquals(reported(write(5, Effect.OVERWRITE), other, gone)("dagster/row_count"), 5)
    assert(!reported(other, gone).contains("spark/rows_written"))
    assert(!reported(other, dropped).contains("spark/rows_written"))
  }

  test("rows that are changed in place leave the schema, and nobody knows how many rows there are") {
    val update = write(3, Effect.CHANGE, _.withChange("updated", 2))
      .mode("update")
      .lineage(ColumnLineage.leftOut("why"))
    val all = reported(write(10, Effect.OVERWRITE).schema(schema).lineage(lineage), update)
    assert(all.contains("dagster/column_schema"))
    assert(!all.contains("dagster/row_count") && !all.contains("dagster/column_lineage"))
    assertEquals(all("spark/rows_updated"), 2)
    assertEquals(all("spark/lineage_left_out"), "why")
  }

  test("the line of a write in place says what has changed") {
    val merge = write(3000, Effect.CHANGE, _.withChange("inserted", 2000).withChange("deleted", 1))
    assertEquals(
      WriteText.of(merge.build),
      "Spark wrote 3,000 rows (2,000 inserted, 1 deleted) to s3://lake/orders (append)"
    )
  }

  test("lineage is a table too, a row for each column that it comes from") {
    val table   = reported(write(1).lineage(lineage))("spark/column_lineage")
    val records = table.asInstanceOf[java.util.Map[String, Any]].get("records")
    assertEquals(records.toString, "[{column=id, from=a/b.key}]")
  }

  test("what is not known has no key") {
    val unseen = Write.builder.place(Place.UNKNOWN).effect(Effect.UNKNOWN).build
    FileSession.run() { pipes =>
      assert(WriteMetadata.of(Collections.singletonList(unseen), pipes).isEmpty)
    }
  }
}
