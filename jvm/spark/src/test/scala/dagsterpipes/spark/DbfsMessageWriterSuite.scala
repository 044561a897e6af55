package dagsterpipes.spark

import java.nio.file.Files
import java.util.Collections

import dagsterpipes.message.PipesMessage

class DbfsMessageWriterSuite extends munit.FunSuite {
  private val tags = Map(
    "spark.databricks.clusterUsageTags.clusterLogDeliveryEnabled" -> "true",
    "spark.databricks.clusterUsageTags.clusterLogDestination"     -> "dbfs:/logs",
    "spark.databricks.clusterUsageTags.clusterId"                 -> "c-1"
  )

  test("chunks go into the directory below the mount") {
    val mount   = Files.createTempDirectory("dbfs")
    val writer  = new DbfsMessageWriter(mount.toString, _ => null)
    val channel = writer.open(Collections.singletonMap("path", "/tmp/AbC"))
    val opened  = PipesMessage.of("opened", Collections.emptyMap())
    channel.write(opened)
    channel.close()
    assertEquals(new String(Files.readAllBytes(mount.resolve("tmp/AbC/1.json"))), opened.line)
  }

  test("the reader is told where the cluster delivers the driver's logs, where it does") {
    def extras(conf: Map[String, String]) =
      new DbfsMessageWriter("/dbfs", conf.getOrElse(_, null)).openedExtras
    assertEquals[Any, Any](
      extras(tags),
      Collections.singletonMap("cluster_driver_log_root", "dbfs:/logs/c-1/driver")
    )
    for (missing <- tags.keys) assert(extras(tags - missing).isEmpty)
    assert(extras(tags.map { case (k, v) => k -> (if (v == "true") "false" else v) }).isEmpty)
  }

  test("the tags are looked for in the Spark that runs, and nothing fails where none does") {
    assert(new DbfsMessageWriter().openedExtras.isEmpty)
    val spark = LocalSpark.open(tags.toSeq: _*)
    try assertEquals(new DbfsMessageWriter().openedExtras.size, 1)
    finally spark.stop()
  }
}
