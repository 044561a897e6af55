package dagsterpipes.spark

import java.util.Collections

import dagsterpipes.{FakeS3, PipesException, PipesIoException}
import dagsterpipes.store.ObjectStore
import org.apache.hadoop.conf.Configuration

/** What S3A (Hadoop 3.3.4, SDK v1) does with S3's answers; no network but loopback. */
class HadoopObjectStoreSuite extends munit.FunSuite {
  private val s3 = FunFixture[FakeS3](_ => new FakeS3, _.close())

  private def open(url: String, settings: (String, String)*): ObjectStore = {
    val conf = new Configuration()
    val all = Seq(
      "fs.s3a.endpoint"          -> url,
      "fs.s3a.path.style.access" -> "true",
      "fs.s3a.access.key"        -> "id",
      "fs.s3a.secret.key"        -> "secret"
    ) ++ settings
    all.foreach { case (k, v) => conf.set(k, v) }
    PrivateConfiguration.complete(conf, new java.util.Properties, Collections.emptyMap[String, String])
    HadoopObjectStore.open("bkt", conf).get
  }

  private def refused(s3: FakeS3, status: Int, code: String)(call: ObjectStore => Unit): PipesIoException = {
    val store = open(s3.url)
    s3.refusal = Some(status -> code)
    try intercept[PipesIoException](call(store))
    finally store.close()
  }

  private def write(store: ObjectStore): Unit = store.write("p/1.json", "{}".getBytes)

  private def read(store: ObjectStore): Unit = { store.read("p/context.json"); () }

  s3.test("what is written can be read, under s3a where no s3 is configured") { s3 =>
    val store = open(s3.url)
    store.write("p/1.json", "{\"a\":1}".getBytes)
    assertEquals(s3("/bkt/p/1.json"), Some("{\"a\":1}"))
    assertEquals(new String(store.read("p/1.json")), "{\"a\":1}")
    assertEquals(store.describe("p/1.json"), "s3://bkt/p/1.json")
    store.close()
  }

  s3.test("nothing but a PUT changes the bucket: no directory markers are deleted") { s3 =>
    val store = open(s3.url)
    store.write("p/1.json", "{}".getBytes)
    store.close()
    val changes = s3.requests.toArray.toList.map(_.toString).filterNot(_.startsWith("GET"))
    assertEquals(changes, List("PUT /bkt/p/1.json"))
  }

  s3.test("s3 goes before s3a where it has a file system") { s3 =>
    val store = open(s3.url, "fs.s3.impl" -> "org.apache.hadoop.fs.s3a.S3AFileSystem")
    store.write("1.json", "{}".getBytes)
    assertEquals(s3("/bkt/1.json"), Some("{}"))
    store.close()
  }

  test("a file system whose class is not there is none") {
    val conf = new Configuration()
    conf.set("fs.s3.impl", "com.amazon.ws.emr.hadoop.fs.EmrFileSystem")
    conf.set("fs.s3a.impl", "acme.Absent")
    assert(!HadoopObjectStore.open("bkt", conf).isPresent)
  }

  s3.test("403 on a put says who needs which permission, and is final") { s3 =>
    val error = refused(s3, 403, "AccessDenied")(write)
    assert(
      error.getMessage.startsWith(
        "Cannot write s3://bkt/p/1.json. Expected S3 to accept PutObject through Hadoop" +
          " (org.apache.hadoop.fs.s3a.S3AFileSystem), got status 403 AccessDenied (request R1)"
      ),
      error.getMessage
    )
    assert(error.getMessage.contains("s3:PutObject on arn:aws:s3:::bkt/p/*"), error.getMessage)
    assert(error.getMessage.endsWith("See TROUBLESHOOTING.md#s3-access"), error.getMessage)
    assert(!error.retryable)
  }

  s3.test("a missing object is final") { s3 =>
    val store = open(s3.url)
    val error = intercept[PipesIoException](read(store))
    store.close()
    assert(error.getMessage.contains("Dagster deletes it when its run has ended"), error.getMessage)
    assert(!error.retryable)
  }

  s3.test("a missing bucket is final") { s3 =>
    val error = refused(s3, 404, "NoSuchBucket")(write)
    assert(error.getMessage.contains("Create the bucket bkt"), error.getMessage)
    assert(!error.retryable)
  }

  s3.test("server errors and throttling pass, and are told within seconds") { s3 =>
    val start = System.nanoTime
    Seq(503 -> "SlowDown", 500 -> "InternalError").foreach { case (status, code) =>
      val error = refused(s3, status, code)(write)
      assert(error.getMessage.contains(s"got status $status $code"), error.getMessage)
      assert(error.retryable)
    }
    val seconds = (System.nanoTime - start) / 1e9
    assert(seconds < 30, s"$seconds seconds")
  }

  test("a refused connection passes") {
    val free = new java.net.ServerSocket(0)
    val url  = s"http://127.0.0.1:${free.getLocalPort}"
    free.close()
    val store = open(url)
    val error = intercept[PipesIoException](write(store))
    store.close()
    assert(error.retryable, error.getMessage)
    assert(error.getMessage.contains("got none: "), error.getMessage)
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
