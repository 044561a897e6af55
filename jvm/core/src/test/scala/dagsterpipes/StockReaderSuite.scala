package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.nio.file.Files
import java.util.concurrent.ConcurrentHashMap
import java.util.{Map => JMap}

import dagsterpipes.Session._
import dagsterpipes.context._
import dagsterpipes.errors.PipesException
import dagsterpipes.json.Json
import dagsterpipes.message.PipesMessage
import dagsterpipes.wire.PipesConf
import dagsterpipes.write._

/** The parameters of Dagster's own readers and injectors for other stores, and the places that our partners find with
  * them.
  */
class StockReaderSuite extends munit.FunSuite {
  private val opened = PipesMessage.of("opened", JMap.of())

  /** As dagster_gcp and dagster_azure send them (get_params of their readers, 0.29.27). */
  private def blob(bucket: String, prefix: String) =
    JMap.of[String, Object](
      "bucket",
      bucket,
      "key_prefix",
      prefix,
      "include_stdio_in_messages",
      java.lang.Boolean.FALSE
    )

  private def write(writer: MessageWriter, params: JMap[String, Object]): Unit = {
    val channel = writer.open(params)
    channel.write(opened)
    channel.close()
  }

  test("GCS: chunks go to gs://bucket/prefix, the context comes from there") {
    val bucket = MemoryStores.at("gs", "memory-gcs")
    write(new GcsMessageWriter, blob("memory-gcs", "AbC"))
    assertEquals(bucket.keys, List("AbC/1.json"))
    bucket.put("AbC/context.json", Json.write(context()))
    val params = JMap.of[String, Object]("bucket", "memory-gcs", "key", "AbC/context.json")
    assertEquals(new GcsContextLoader().load(params).raw(), context())
  }

  test("Azure: chunks go into the container of the account, the context comes from there") {
    val container = MemoryStores.at("abfss", "memory-azure@acct.dfs.core.windows.net")
    write(new AzureBlobStorageMessageWriter("acct"), blob("memory-azure", "AbC"))
    assertEquals(container.keys, List("AbC/1.json"))
    container.put("AbC/context.json", Json.write(context()))
    val params = JMap.of[String, Object]("bucket", "memory-azure", "key", "AbC/context.json")
    assertEquals(new AzureBlobStorageContextLoader("acct").load(params).raw(), context())
  }

  test("a conf key makes a bucket one of another store, without code") {
    System.setProperty(PipesConf.BUCKET_URI, "abfss://{bucket}@acct.dfs.core.windows.net")
    try {
      val container = MemoryStores.at("abfss", "memory-conf@acct.dfs.core.windows.net")
      container.put("AbC/context.json", Json.write(context()))
      val contextParams = JMap.of[String, Object]("bucket", "memory-conf", "key", "AbC/context.json")
      Pipes.builder().paramsLoader(loader(contextParams, blob("memory-conf", "AbC"))).open().close()
      assertEquals(container.keys, List("AbC/1.json", "AbC/2.json"))
    } finally System.clearProperty(PipesConf.BUCKET_URI)
  }

  test("a conf key that names no bucket is refused") {
    System.setProperty(PipesConf.BUCKET_URI, "gs://bucket")
    try
      assertEquals(
        intercept[PipesException](write(new DefaultMessageWriter, blob("memory-x", "p"))).getMessage,
        "Invalid value for parameter `spark.dagster.pipes.bucketUri` of `Pipes.open`. Expected a URI with {bucket} in it," +
          " such as gs://{bucket}, got `gs://bucket`, set by --conf or -D. Correct it, or leave it out for S3. See" +
          s" $PAGE_URL#stores"
      )
    finally System.clearProperty(PipesConf.BUCKET_URI)
  }

  test("Unity Catalog volumes: chunks go into the directory, the context is a file like any other") {
    val dir = Files.createTempDirectory("volume")
    val run = dir.resolve("tmp/AbC")
    write(new UnityCatalogVolumesMessageWriter, JMap.of("path", run.toString))
    assertEquals(Files.readString(run.resolve("1.json")), opened.line)
    Files.writeString(run.resolve("context.json"), Json.write(context()))
    val params = JMap.of[String, Object]("path", run.resolve("context.json").toString)
    assertEquals(new DefaultContextLoader().load(params).raw(), context())
  }

  test("a writer of a user's own says only where") {
    val places = new ConcurrentHashMap[String, String]
    object Writer extends BlobStoreMessageWriter {
      override protected def uri(params: JMap[String, Object]): String = {
        places.put("seen", params.keySet.toString)
        "oss://memory-own/" + params.get("place")
      }
    }
    write(Writer, JMap.of("place", "x"))
    assertEquals(MemoryStores.at("oss", "memory-own").keys, List("x/1.json"))
    assertEquals(places.get("seen"), "[place]")
  }

  test("parameters that a stock reader did not send are refused in dagster_pipes' words") {
    for (
      (writer, name) <- List(
        new GcsMessageWriter                      -> "GcsMessageWriter",
        new AzureBlobStorageMessageWriter("acct") -> "AzureBlobStorageMessageWriter"
      )
    )
      assertEquals(
        intercept[PipesException](writer.open(JMap.of("path", "/x"))).getMessage,
        s"Invalid type for parameter `bucket` passed from orchestration side to `$name`. Expected a string, got null, sent" +
          s" by the orchestration side. Let the message reader yield a string there. See $PAGE_URL#message-channel"
      )
  }
}
