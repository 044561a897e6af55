package dagsterpipes.instrument

import java.nio.file.Files
import java.util.concurrent.{LinkedBlockingQueue, TimeUnit}

import scala.collection.JavaConverters._

import dagsterpipes.{FileSession, PipesContext}
import dagsterpipes.session.Sessions
import dagsterpipes.spark.{LocalSpark, SparkSuite}
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.execution.QueryExecution
import org.apache.spark.sql.util.QueryExecutionListener

/** The facts that are seen of a write that Spark has done, within a time. */
class WriteCommandsSuite extends SparkSuite {
  private var spark: SparkSession = _
  private val folder              = Files.createTempDirectory("writes")
  private val done                = new LinkedBlockingQueue[QueryExecution]

  override def beforeAll(): Unit = {
    spark = LocalSpark.open()
    spark.listenerManager.register(new QueryExecutionListener {
      override def onSuccess(name: String, query: QueryExecution, nanos: Long): Unit = done.add(query)
      override def onFailure(name: String, query: QueryExecution, exception: Exception): Unit = ()
    })
  }

  override def afterAll(): Unit = spark.stop()

  private def seen(pipes: PipesContext, name: String, millis: Long): Write = {
    spark.range(3).selectExpr("id", "cast(id as string) as text").write.parquet(s"$folder/$name")
    spark.read.parquet(s"$folder/$name").write.parquet(s"$folder/$name-copied")
    done.poll(1, TimeUnit.MINUTES)
    val query = done.poll(1, TimeUnit.MINUTES)
    new WriteCommands(Sessions.of(pipes), new Notices(pipes))
      .allIn(
        query.analyzed,
        Settings.of(spark.sparkContext.getConf, null).atEnd(query),
        new TimeBudget(millis)
      )
      .get(0)
      .write
  }

  test("schema and lineage of a write of files") {
    val sent = FileSession.run() { pipes =>
      val write = seen(pipes, "one", 60000)
      assertEquals(write.schema.get.columns.asScala.map(_.name).toList, List("id", "text"))
      assertEquals(write.lineage.deps.keySet.asScala.toSet, Set("id", "text"))
      assert(!write.lineage.whyLeftOut.isPresent)
    }
    assertEquals(sent.logs, Nil)
  }

  test("what takes too long is left out, and that is said; where it went is told all the same") {
    val sent = FileSession.run() { pipes =>
      val write = seen(pipes, "two", 0)
      assertEquals(write.place.path, s"file:$folder/two-copied")
      assert(!write.schema.isPresent && !write.lineage.isFollowed)
      assertEquals(write.lineage.whyLeftOut.get, "following the plan took longer than 0.0 s")
    }
    assertEquals(
      sent.logs,
      List(
        "WARNING" -> s"[pipes] the schema of file:$folder/two-copied is left out: reading the plan took longer than 0.0 s"
      )
    )
  }
}
