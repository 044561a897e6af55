package dagsterpipes.spark

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.io.{ByteArrayOutputStream, NotSerializableException, ObjectOutputStream, PrintStream}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.util.concurrent.locks.LockSupport

import scala.collection.JavaConverters._

import dagsterpipes.json.Json
import dagsterpipes.params.{EnvironmentParamsLoader, MapParamsLoader, ParamCodec}
import dagsterpipes.{Pipes, PipesContext}
import org.apache.spark.{SparkContext, SparkEnv, SparkException, TaskContext}
import org.apache.spark.serializer.JavaSerializer
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.functions.{col, udf}

/** Tasks in this process; tests/endtoend/test_executors.py runs them in executors of their own. */
class TaskReportsSuite extends SparkSuite {
  private var spark: SparkSession = _

  override def beforeAll(): Unit =
    // Two tasks at a time, each tried twice; Kryo for data, as many clusters have it.
    spark = LocalSpark.open(
      "spark.master"     -> "local[2,2]",
      "spark.serializer" -> "org.apache.spark.serializer.KryoSerializer"
    )

  override def afterAll(): Unit = spark.stop()

  private val task = """\[stage \d+, partition (\d+), attempt (\d+), executor driver\] (.*)""".r

  test("lines arrive with their task in front, and counters are summed, before the action returns") {
    val lines = session { (pipes, sc) =>
      val reports = TaskReports.create(pipes, sc)
      sc.parallelize(1 to 100, 5).foreachPartition { numbers =>
        val found = numbers.toList
        reports.count("numbers", found.size)
        found.filter(_ % 7 == 0).foreach(_ => reports.count("by seven"))
        if (found.contains(50)) reports.warning("here is 50")
        reports.info(s"sum ${found.sum}")
      }
      pipes.log.info("the action has ended")
      assertEquals(
        reports.counters.asScala.toMap.mapValues(_.toInt).toMap,
        Map("numbers" -> 100, "by seven" -> 14)
      )
    }
    val told = lines.init.collect { case (level, task(partition, "0", text)) =>
      (level, partition.toInt, text)
    }
    assertEquals(
      told.toSet,
      (0 until 5)
        .map(i => ("INFO", i, s"sum ${(i * 20 + 1 to i * 20 + 20).sum}"))
        .toSet + (("WARNING", 2, "here is 50"))
    )
    assertEquals(told.size, lines.size - 1)
    assertEquals(lines.last, ("INFO", "the action has ended"))
  }

  test("a failed attempt's lines arrive, and only the successful one counts") {
    val lines = session { (pipes, sc) =>
      val reports = TaskReports.create(pipes, sc)
      sc.parallelize(1 to 4, 2).foreachPartition { numbers =>
        numbers.foreach(_ => reports.count("numbers"))
        val context = TaskContext.get
        if (context.partitionId == 1 && context.attemptNumber == 0) {
          reports.error("about to fail")
          sys.error("only once")
        }
        reports.info("done")
      }
      assertEquals(reports.counters.get("numbers"): Long, 4L)
    }
    val told = lines.collect { case (level, task(partition, attempt, text)) =>
      (level, partition, attempt, text)
    }
    assertEquals(
      told.toSet,
      Set(("INFO", "0", "0", "done"), ("ERROR", "1", "0", "about to fail"), ("INFO", "1", "1", "done"))
    )
  }

  test("what a task logs above its share is counted, and the count arrives") {
    val lines = session { (pipes, sc) =>
      val reports = TaskReports.create(pipes, sc)
      sc.parallelize(Seq(1), 1).foreach(_ => (1 to 1234).foreach(i => reports.debug(s"line $i")))
      sc.parallelize(Seq(1), 1).foreach { _ =>
        reports.info("x" * 499990)
        reports.info("too much in all")
        reports.info("fits")
      }
    }
    val (first, second) = lines.map { case (_, text) => task.unapplySeq(text).get.last }.splitAt(1001)
    assertEquals(first.init, (1 to 1000).map(i => s"line $i").toList)
    assert(
      first.last.startsWith("234 more log line(s) of this task are left out: an attempt keeps at most 1,000")
    )
    assertEquals(second.take(2), List("x" * 499990, "fits"))
    assert(second(2).startsWith("1 more log line(s)"), second(2))
    assertEquals(lines.last._1, "WARNING")
  }

  test("tasks that end after the session are no trouble for Spark, and their lines are counted on stderr") {
    var lines = List.empty[(String, String)]
    val (counters, stderr) = capturingStderr {
      var reports: TaskReports = null
      lines = session((pipes, sc) => reports = TaskReports.create(pipes, sc))
      val late = reports
      spark.sparkContext.parallelize(1 to 120, 4).foreach { _ =>
        late.info("late")
        late.count("numbers")
      }
      late.counters
    }
    assertEquals(counters.get("numbers"): Long, 120L)
    assertEquals(lines, Nil)
    val said = stderr.linesIterator.filter(_.contains("did not reach Dagster")).toList
    assertEquals(said.map(_.split(" ")(1).toInt), List(30, 120)) // not at 60 and 90
    assert(
      said.head.contains("after the Pipes session was closed: wait for them inside of Pipes.run"),
      said.head
    )
    assert(said.head.endsWith(s"See $PAGE_URL#executors"), said.head)
  }

  test("outside Dagster counters count, and lines go nowhere") {
    val pipes   = capturingStderr(Pipes.open())._1
    val reports = TaskReports.create(pipes, spark.sparkContext)
    spark.sparkContext.parallelize(1 to 10, 2).foreach { i =>
      reports.count("sum", i)
      reports.info("nowhere")
    }
    reports.info("nowhere, too")
    pipes.close()
    assertEquals(reports.counters.asScala.toMap.mapValues(_.toInt).toMap, Map("sum" -> 55))
  }

  test("in the driver it logs and counts at once") {
    val lines = session { (pipes, sc) =>
      val reports = TaskReports.create(pipes, sc)
      reports.critical("from the driver")
      reports.count("things", 3)
      assertEquals(reports.counters.get("things"): Long, 3L)
    }
    assertEquals(lines, List(("CRITICAL", "from the driver")))
  }

  test("a DataFrame's functions can report, too") {
    session { (pipes, sc) =>
      val reports = TaskReports.create(pipes, sc)
      val odd = udf { (n: Long) =>
        if (n % 2 == 1) reports.count("odd")
        n
      }
      spark.range(0, 50, 1, 4).select(odd(col("id"))).write.format("noop").mode("append").save()
      assertEquals(reports.counters.get("odd"): Long, 25L)
    }
  }

  test("Spark may serialize a task's reports while its threads report") {
    val lines = session { (pipes, sc) =>
      val reports = TaskReports.create(pipes, sc)
      sc.parallelize(Seq(1), 1).foreach { _ =>
        val thread = new Thread(() =>
          (1 to 900).foreach { i =>
            reports.info(s"$i")
            reports.count(s"$i")
            LockSupport.parkNanos(10000) // else it is done before the first copy is
          }
        )
        thread.start()
        // Also where writing fails: the task must not end under a thread that still reports.
        try while (thread.isAlive) new ObjectOutputStream(new ByteArrayOutputStream).writeObject(reports)
        finally thread.join()
      }
      assertEquals(reports.counters.size, 900)
    }
    assertEquals(
      lines.map { case (_, text) => task.unapplySeq(text).get.last },
      (1 to 900).map(_.toString).toList
    )
  }

  test("a copy whose lines would be lost says so, instead of losing them") {
    session { (pipes, sc) =>
      val reports = TaskReports.create(pipes, sc)
      sc.parallelize(Seq(1), 1).foreach(_ => TaskReportsSuite.kept = reports)
      val error = intercept[SparkException] {
        sc.parallelize(Seq(1), 1).foreach(_ => TaskReportsSuite.kept.info("lost"))
      }
      assert(error.getMessage.contains("Cannot call TaskReports.log here."), error.getMessage)
      assert(error.getMessage.contains("instead of broadcasting it, caching it or"), error.getMessage)
    }
  }

  test("a task can neither read the counters nor count without bounds") {
    session { (pipes, sc) =>
      val reports = TaskReports.create(pipes, sc)
      val reading = intercept[SparkException](sc.parallelize(Seq(1), 1).foreach(_ => reports.counters))
      assert(reading.getMessage.contains("read the counters in the driver"), reading.getMessage)
      val flood = intercept[SparkException] {
        sc.parallelize(Seq(1), 1).foreach(_ => (0 to 1000).foreach(i => reports.count(s"customer $i")))
      }
      assert(
        flood.getMessage.contains("at most 1,000 different names in a task, got one more"),
        flood.getMessage
      )
    }
  }

  private val explanation =
    " was caught in a closure that Spark sends to its executors, or broadcast. The Pipes" +
      " session lives in the driver and cannot leave it. In a task use dagsterpipes.spark.TaskReports" +
      " (Scala: dagsterpipes.scaladsl.TaskReports), created in the driver; a value that the task needs, such as an extra," +
      s" read into a local variable first. See $PAGE_URL#executors"

  test("a closure that catches the session is refused with an explanation") {
    session { (pipes, sc) =>
      val log   = pipes.log
      val logs  = udf((n: Long) => { log.info("no"); n })
      val frame = spark.range(3).select(logs(col("id")))
      val caught = Seq[(String, () => Any)](
        ("A PipesContext", () => sc.parallelize(1 to 3).foreach(_ => pipes.log.info("no"))),
        ("A PipesContext", () => sc.parallelize(1 to 3).map(n => n + pipes.extraOr("n", 1))),
        ("A PipesLogger", () => sc.parallelize(1 to 3).foreach(_ => log.info("no"))),
        ("A PipesLogger", () => frame.collect())
      )
      caught.foreach { case (what, call) =>
        val error = intercept[SparkException](call())
        assertEquals(error.getMessage, "Task not serializable")
        val cause = error.getCause.asInstanceOf[NotSerializableException]
        assertEquals(cause.getMessage.linesIterator.next(), what + explanation)
      }
    }
  }

  test("so is a broadcast, by Kryo and by Java's serialization") {
    session { (pipes, sc) =>
      Seq[(String, Any)]("A PipesContext" -> pipes, "A PipesLogger" -> Some(pipes.log)).foreach {
        case (what, value) =>
          val byKryo = intercept[Exception](sc.broadcast(value))
          assert(byKryo.getMessage.contains(what + explanation), byKryo.getMessage)
          assert(
            byKryo.getMessage.contains("trace:\n_driverOnly"),
            byKryo.getMessage
          ) // before it looked at another field
          val byJava =
            intercept[NotSerializableException](new JavaSerializer(sc.getConf).newInstance().serialize(value))
          assertEquals(byJava.getMessage.linesIterator.next(), what + explanation)
      }
    }
  }

  test("closures go by Java's serialization, whatever spark.serializer says") {
    assertEquals(SparkEnv.get.serializer.getClass.getSimpleName, "KryoSerializer")
    assertEquals(SparkEnv.get.closureSerializer.getClass.getSimpleName, "JavaSerializer")
  }

  test("what is missing is named") {
    val error = intercept[dagsterpipes.errors.PipesException](TaskReports.create(null, spark.sparkContext))
    assert(error.getMessage.contains("parameter `pipes` of `TaskReports`"), error.getMessage)
  }

  /** Level and text of the log lines of a session. */
  private def session(body: (PipesContext, SparkContext) => Unit): List[(String, String)] = {
    val file = Files.createTempFile("pipes", ".jsonl")
    val context =
      """{"data":{"asset_keys":null,"code_version_by_asset_key":null,"provenance_by_asset_key":null,"partition_key":null,
        |"partition_key_range":null,"partition_time_window":null,"run_id":"r","job_name":null,"retry_number":0,
        |"extras":{}}}""".stripMargin
    val params = new MapParamsLoader(
      Map(
        EnvironmentParamsLoader.CONTEXT ->
          ParamCodec.encode(Json.read(context).asInstanceOf[java.util.Map[String, Object]]),
        EnvironmentParamsLoader.MESSAGES ->
          ParamCodec.encode(java.util.Collections.singletonMap("path", file.toString))
      ).asJava
    )
    val pipes = Pipes.builder().paramsLoader(params).open()
    try body(pipes, spark.sparkContext)
    finally pipes.close()
    try logLines(file)
    finally Files.delete(file)
  }

  private def logLines(file: Path): List[(String, String)] =
    Files
      .readAllLines(file)
      .asScala
      .toList
      .map(line => Json.read(line).asInstanceOf[java.util.Map[String, Object]])
      .filter(_.get("method") == "log")
      .map(_.get("params").asInstanceOf[java.util.Map[String, String]])
      .map(params => (params.get("level"), params.get("message")))

  private def capturingStderr[T](body: => T): (T, String) = {
    val old   = System.err
    val bytes = new ByteArrayOutputStream
    System.setErr(new PrintStream(bytes, true, "UTF-8"))
    try {
      val result = body
      (result, new String(bytes.toByteArray, UTF_8))
    } finally System.setErr(old)
  }
}

object TaskReportsSuite {

  /** Acts as a broadcast does in an executor: it keeps the copy of the task that read it first, for later tasks. */
  @volatile var kept: TaskReports = _
}
