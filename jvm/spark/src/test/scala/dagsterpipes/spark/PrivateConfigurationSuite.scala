package dagsterpipes.spark

import java.util.{Collections, Properties}

import org.apache.hadoop.conf.Configuration

class PrivateConfigurationSuite extends munit.FunSuite {
  private val none = Collections.emptyMap[String, String]

  test("spark.hadoop.* system properties are the job's settings, before any session is") {
    System.setProperty("spark.hadoop.fs.s3.impl", "acme.FileSystem")
    try assertEquals(PrivateConfiguration.fromProcess().get("fs.s3.impl"), "acme.FileSystem")
    finally System.clearProperty("spark.hadoop.fs.s3.impl")
  }

  test("a running SparkContext's settings count") {
    val spark = LocalSpark.open("spark.hadoop.acme.key" -> "set in code")
    try assertEquals(PrivateConfiguration.fromProcess().get("acme.key"), "set in code")
    finally spark.stop()
  }

  test("ours win over the job's, and spark.dagster.pipes.hadoop.* over ours") {
    val conf = new Configuration(false)
    conf.set("fs.s3a.attempts.maximum", "20")
    conf.set("fs.s3a.retry.limit", "7")
    val properties = new Properties
    properties.setProperty("spark.dagster.pipes.hadoop.fs.s3a.retry.limit", "2")
    PrivateConfiguration.complete(conf, properties, none)
    assertEquals(conf.get("fs.s3a.attempts.maximum"), "0")
    assertEquals(conf.get("fs.s3a.retry.limit"), "2")
    assertEquals(conf.get("fs.automatic.close"), "false")
  }

  test("AWS_ENDPOINT_URL counts where the job names no endpoint") {
    val environment = Collections.singletonMap("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    val bare        = PrivateConfiguration.complete(new Configuration(false), new Properties, environment)
    assertEquals(bare.get("fs.s3a.endpoint"), "http://127.0.0.1:5000")
    assertEquals(bare.get("fs.s3a.path.style.access"), "true")

    val named = new Configuration(false)
    named.set("fs.s3a.endpoint", "s3.eu-north-1.amazonaws.com")
    PrivateConfiguration.complete(named, new Properties, environment)
    assertEquals(named.get("fs.s3a.endpoint"), "s3.eu-north-1.amazonaws.com")
    assertEquals(named.get("fs.s3a.path.style.access"), null)
  }
}
