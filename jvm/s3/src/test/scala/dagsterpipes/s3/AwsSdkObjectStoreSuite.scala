package dagsterpipes.s3

import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.S3Contract
import dagsterpipes.store.{ObjectStore, ObjectStores}

/** S3 through AWS SDK v2. */
class AwsSdkObjectStoreSuite extends munit.FunSuite with S3Contract {
  private val credentials = Map(
    "aws.accessKeyId"     -> "id",
    "aws.secretAccessKey" -> "secret",
    "aws.region"          -> "us-east-1",
    // The settings of a developer's machine, or of an EC2 one, must not decide these cases.
    "aws.sharedCredentialsFile" -> "no-such-file",
    "aws.configFile"            -> "no-such-file",
    "aws.disableEc2Metadata"    -> "true"
  )

  override def beforeEach(context: BeforeEach): Unit = credentials.foreach { case (k, v) =>
    System.setProperty(k, v)
  }

  override def afterEach(context: AfterEach): Unit = credentials.keys.foreach(System.clearProperty)

  override protected def client: String = "AWS SDK v2"

  override protected def open(url: String): ObjectStore =
    AwsSdkObjectStore.open(
      "bkt",
      S3Environment.of(java.util.Collections.singletonMap("AWS_ENDPOINT_URL", url))
    )

  s3Contract()

  s3.test("writing and reading are one request each") { s3 =>
    val store = open(s3.url)
    write(store)
    store.read("p/1.json", Int.MaxValue)
    store.close()
    assertEquals(s3.requests.toArray.toList, List[AnyRef]("PUT /bkt/p/1.json", "GET /bkt/p/1.json"))
  }

  s3.test("a body that comes byte by byte ends with the time for a request") { s3 =>
    val environment = S3Environment.of(java.util.Collections.singletonMap("AWS_ENDPOINT_URL", s3.url))
    val store       = AwsSdkObjectStore.open("bkt", environment, java.time.Duration.ofSeconds(1))
    store.write("p/context.json", new Array[Byte](100000))
    s3.byteMillis = 20 // half an hour in all
    val began = System.nanoTime
    assert(intercept[PipesIoException](store.read("p/context.json", Int.MaxValue)).retryable)
    assert(System.nanoTime - began < 20L * 1000 * 1000 * 1000)
    store.close()
  }

  s3.test("no credentials are an error that names the remedies") { s3 =>
    Seq("aws.accessKeyId", "aws.secretAccessKey").foreach(System.clearProperty)
    val error = failed(s3.url)(write)
    assert(error.getMessage.contains("no credentials were found"), error.getMessage)
    assert(!error.retryable)
  }

  test("an endpoint that is no URL is an error") {
    val error = intercept[PipesException](open("127.0.0.1:5000"))
    assert(error.getMessage.contains("parameter `AWS_ENDPOINT_URL`"), error.getMessage)
  }

  test("the endpoint for S3 goes before the one for all, and both can be ignored") {
    def endpoint(variables: (String, String)*): Option[String] = {
      val map = new java.util.HashMap[String, String]
      variables.foreach { case (k, v) => map.put(k, v) }
      val found = S3Environment.of(map).endpoint
      if (found.isPresent) Some(found.get.toString) else None
    }
    val all = Seq("AWS_ENDPOINT_URL" -> "http://a:1", "AWS_ENDPOINT_URL_S3" -> "http://b:2")
    assertEquals(endpoint(all: _*), Some("http://b:2"))
    assertEquals(endpoint(all.take(1): _*), Some("http://a:1"))
    assertEquals(endpoint(all :+ ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" -> "true"): _*), None)
    assertEquals(endpoint(), None)
  }

  test("the service loader finds it") {
    val store = ObjectStores.open("s3", "bkt")
    assertEquals(store.getClass.getSimpleName, "AwsSdkObjectStore")
    store.close()
  }
}
