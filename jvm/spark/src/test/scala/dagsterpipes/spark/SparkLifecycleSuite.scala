package dagsterpipes.spark

import java.util.{Collections, HashMap}

import dagsterpipes.{FakeS3, Pipes, PipesContext}
import dagsterpipes.params.{EnvironmentParamsLoader, MapParamsLoader, ParamCodec}

/** Sessions over S3A around a SparkContext that stops, in one start of Spark. */
class SparkLifecycleSuite extends SparkSuite {
  private val s3 = new FakeS3
  private val settings = Map(
    "spark.hadoop.fs.s3a.endpoint"          -> s3.url,
    "spark.hadoop.fs.s3a.path.style.access" -> "true",
    "spark.hadoop.fs.s3a.access.key"        -> "id",
    "spark.hadoop.fs.s3a.secret.key"        -> "secret"
  )

  override def beforeAll(): Unit = settings.foreach { case (k, v) => System.setProperty(k, v) }
  override def afterAll(): Unit = {
    settings.keys.foreach(System.clearProperty)
    s3.close()
  }

  private val context = new HashMap[String, Object]
  for (
    key <- Seq("asset_keys", "code_version_by_asset_key", "provenance_by_asset_key", "partition_key") ++
      Seq("partition_key_range", "partition_time_window", "job_name")
  ) context.put(key, null)
  context.put("run_id", "r")
  context.put("retry_number", Long.box(0))
  context.put("extras", Collections.emptyMap())

  private def open(prefix: String): PipesContext = {
    val messages = new HashMap[String, Object]
    messages.put("bucket", "bkt")
    messages.put("key_prefix", prefix)
    messages.put("upload_interval_millis", Long.box(600000)) // what arrives was delivered by the close
    val params = new HashMap[String, String]
    params.put(
      EnvironmentParamsLoader.CONTEXT,
      ParamCodec.encode(Collections.singletonMap("data", context))
    )
    params.put(EnvironmentParamsLoader.MESSAGES, ParamCodec.encode(messages))
    Pipes.builder().paramsLoader(new MapParamsLoader(params)).open()
  }

  private def texts(prefix: String): List[String] =
    Iterator
      .from(1)
      .map(n => s3(s"/bkt/$prefix/$n.json"))
      .takeWhile(_.isDefined)
      .flatMap(_.get.split("\n"))
      .toList

  test("SparkContext.stop() before or after close makes no difference") {
    val before = open("before-spark")
    before.log.info("no Spark yet")
    val spark  = LocalSpark.open()
    val within = open("within-spark")
    val closed = open("closed-before-stop")
    closed.log.info(s"counted ${spark.range(10).count()}")
    before.log.info("Spark runs")
    within.log.info("Spark runs")
    closed.close()
    spark.stop()
    before.log.info("Spark has stopped")
    within.log.info("Spark has stopped")
    val after = open("after-spark")
    after.log.info("Spark has stopped")
    Seq(before, within, after).foreach(_.close())
    for (
      (prefix, said) <- Seq(
        "before-spark"       -> 3,
        "within-spark"       -> 2,
        "closed-before-stop" -> 1,
        "after-spark"        -> 1
      )
    ) {
      val lines = texts(prefix)
      assertEquals(lines.size, said + 2, lines.mkString("\n"))
      assert(lines.head.contains("\"opened\"") && lines.last.contains("\"closed\""), lines.mkString("\n"))
    }
    assert(texts("closed-before-stop")(1).contains("counted 10"))
  }
}
