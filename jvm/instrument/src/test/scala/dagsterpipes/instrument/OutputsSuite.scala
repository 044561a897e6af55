package dagsterpipes.instrument

import java.util.{Arrays, Collections}

import dagsterpipes.FileSession
import dagsterpipes.session.Sessions
import dagsterpipes.report.{TableColumn, TableColumnDep, TableSchema}

/** What several writes are together, as metadata. */
class OutputsSuite extends munit.FunSuite {
  private val schema  = TableSchema.of(Collections.singletonList(TableColumn.of("id", "bigint")))
  private val lineage = Collections.singletonMap("id", Arrays.asList(TableColumnDep.of("a/b", "key")))

  private def write(rows: Long)(change: Write => Unit): Write = {
    val write = new Write
    write.path = "s3://lake/orders"
    write.mode = "append"
    write.rows = rows
    change(write)
    write
  }

  private def reported(writes: Write*): Map[String, Any] =
    FileSession
      .run(asset = Some("made")) { pipes =>
        val outputs = new Outputs(pipes, Sessions.first(), new Notices(pipes))
        writes.foreach(outputs.add)
        outputs.report(Collections.emptyMap())
      }
      .materializations
      .head

  test("appends add up, and an overwrite takes their place") {
    val all = reported(write(5)(_ => ()), write(7)(_.whole = true), write(2)(_ => ()))
    assertEquals(all("spark/rows_written"), 9)
    assertEquals(all("dagster/row_count"), 9)
    assert(!reported(write(5)(_ => ())).contains("dagster/row_count"))
  }

  test("rows that are changed in place leave the schema, and nobody knows how many rows there are") {
    val update = write(3) { update =>
      update.inPlace = true
      update.mode = "update"
      update.lineageMissing = "why"
      update.changes.put("updated", 2L)
    }
    val all = reported(
      write(10) { first => first.whole = true; first.schema = schema; first.lineage = lineage },
      update
    )
    assert(all.contains("dagster/column_schema"))
    assert(!all.contains("dagster/row_count") && !all.contains("dagster/column_lineage"))
    assertEquals(all("spark/rows_updated"), 2)
    assertEquals(all("spark/lineage_left_out"), "why")
  }

  test("the line of a write in place says what has changed") {
    val merge = write(3000) { merge =>
      merge.changes.put("inserted", 2000L)
      merge.changes.put("deleted", 1L)
    }
    assertEquals(
      WriteText.of(merge),
      "Spark wrote 3,000 rows (2,000 inserted, 1 deleted) to s3://lake/orders (append)"
    )
  }

  test("lineage is a table too, a row for each column that it comes from") {
    val table   = reported(write(1)(_.lineage = lineage))("spark/column_lineage")
    val records = table.asInstanceOf[java.util.Map[String, Any]].get("records")
    assertEquals(records.toString, "[{column=id, from=a/b.key}]")
  }

  private def completed(outer: Write => Unit, inner: (Write => Unit)*): Write = {
    val write = new Write
    outer(write)
    Executions.complete(
      write,
      Arrays.asList(inner.map { change =>
        val write = new Write; change(write); write
      }: _*)
    )
    write
  }

  test("a command takes lineage, or why it has none, from the write inside") {
    val found = completed(_.lineageMissing = "too large", _.lineage = lineage)
    assertEquals(found.lineage, lineage)
    assertEquals(found.lineageMissing, null)
    val missing = completed(_ => (), _.lineageMissing = "too large", _ => ())
    assertEquals(missing.lineage, null)
    assertEquals(missing.lineageMissing, "too large")
    val own = completed(_.lineageMissing = "its own", _.lineageMissing = "another")
    assertEquals(own.lineageMissing, "its own")
    val changed =
      completed({ outer => outer.inPlace = true; outer.lineageMissing = "why" }, _.lineage = lineage)
    assertEquals(changed.lineage, null)
    assertEquals(changed.lineageMissing, "why")
  }
}
