package dagsterpipes.spark

import java.util.Collections

import dagsterpipes.errors.PipesException
import dagsterpipes.S3Contract
import dagsterpipes.store.ObjectStore
import org.apache.hadoop.conf.Configuration

/** S3 through S3A (Hadoop 3.3.4, SDK v1). */
class HadoopS3Suite extends munit.FunSuite with S3Contract {
  override protected def client: String = "Hadoop (org.apache.hadoop.fs.s3a.S3AFileSystem)"

  // Hadoop 3.4.2 and newer send the condition.
  override protected def createsInOneStep: Boolean = false

  override protected def open(url: String): ObjectStore = openWith(url)

  private def openWith(url: String, settings: (String, String)*): ObjectStore = {
    val conf = new Configuration()
    val all = Seq(
      "fs.s3a.endpoint"          -> url,
      "fs.s3a.path.style.access" -> "true",
      "fs.s3a.access.key"        -> "id",
      "fs.s3a.secret.key"        -> "secret"
    ) ++ settings
    all.foreach { case (k, v) => conf.set(k, v) }
    PrivateConfiguration.complete(conf, new java.util.Properties, Collections.emptyMap[String, String])
    HadoopObjectStore.open("s3", "bkt", conf).get
  }

  s3Contract()

  s3.test("s3 goes before s3a where it has a file system") { s3 =>
    val store = openWith(s3.url, "fs.s3.impl" -> "org.apache.hadoop.fs.s3a.S3AFileSystem")
    store.write("1.json", "{}".getBytes)
    assertEquals(s3("/bkt/1.json"), Some("{}"))
    store.close()
  }

  test("a file system whose class is not there is none") {
    val conf = new Configuration()
    conf.set("fs.s3.impl", "com.amazon.ws.emr.hadoop.fs.EmrFileSystem")
    conf.set("fs.s3a.impl", "acme.Absent")
    assert(!HadoopObjectStore.open("s3", "bkt", conf).isPresent)
  }

  s3.test("a key that a Hadoop path would change is refused") { s3 =>
    val store = open(s3.url)
    Seq("a//1.json", "/a/1.json", "a/../1.json", "a/").foreach { key =>
      val error = intercept[PipesException](store.write(key, Array.empty[Byte]))
      assert(error.getMessage.contains("Expected a name that a Hadoop path can hold"), error.getMessage)
    }
    assertEquals(s3.requests.size, 0)
    store.close()
  }
}
