package dagsterpipes.s3

import java.net.ServerSocket

import dagsterpipes.{FakeS3, PipesException, PipesIoException}
import dagsterpipes.store.{ObjectStore, ObjectStores}

/** What the SDK does with S3's answers; no network but loopback. */
class AwsSdkObjectStoreSuite extends munit.FunSuite {
  private val credentials = Map(
    "aws.accessKeyId"     -> "id",
    "aws.secretAccessKey" -> "secret",
    "aws.region"          -> "us-east-1",
    // What a developer's machine or an EC2 one has must not decide these cases.
    "aws.sharedCredentialsFile" -> "no-such-file",
    "aws.configFile"            -> "no-such-file",
    "aws.disableEc2Metadata"    -> "true"
  )

  private val s3 = FunFixture[FakeS3](_ => new FakeS3, _.close())

  override def beforeEach(context: BeforeEach): Unit = credentials.foreach { case (k, v) =>
    System.setProperty(k, v)
  }

  override def afterEach(context: AfterEach): Unit = credentials.keys.foreach(System.clearProperty)

  private def open(url: String): ObjectStore =
    AwsSdkObjectStore.open(
      "bkt",
      S3Environment.of(java.util.Collections.singletonMap("AWS_ENDPOINT_URL", url))
    )

  private def write(store: ObjectStore): Unit =
    try store.write("p/1.json", "{}".getBytes)
    finally store.close()

  private def read(store: ObjectStore): Unit =
    try { store.read("p/context.json"); () }
    finally store.close()

  private def refused(s3: FakeS3, status: Int, code: String)(call: ObjectStore => Unit): PipesIoException = {
    s3.refusal = Some(status -> code)
    intercept[PipesIoException](call(open(s3.url)))
  }

  s3.test("an object is one request, with the bucket in the path") { s3 =>
    val store = open(s3.url)
    store.write("p/1.json", "{\"a\":1}".getBytes)
    assertEquals(new String(store.read("p/1.json")), "{\"a\":1}")
    assertEquals(s3("/bkt/p/1.json"), Some("{\"a\":1}"))
    assertEquals(s3.requests.toArray.toList, List[AnyRef]("PUT /bkt/p/1.json", "GET /bkt/p/1.json"))
    assertEquals(store.describe("p/1.json"), "s3://bkt/p/1.json")
    store.close()
  }

  s3.test("403 on a put says who needs which permission, and is final") { s3 =>
    val error = refused(s3, 403, "AccessDenied")(write)
    assertEquals(
      error.getMessage,
      "Cannot write s3://bkt/p/1.json. Expected S3 to accept PutObject through AWS SDK v2, got status 403 AccessDenied" +
        " (request R1), for a place sent by the orchestration side in the `bucket` and `key_prefix` of the messages" +
        " parameter. Allow the identity that this process runs as s3:PutObject on arn:aws:s3:::bkt/p/*, and kms:GenerateDataKey where a" +
        " KMS key encrypts the bucket. See TROUBLESHOOTING.md#s3-access"
    )
    assert(!error.retryable)
  }

  s3.test("403 on a get says that the object may be missing") { s3 =>
    val error = refused(s3, 403, "AccessDenied")(read)
    assert(error.getMessage.contains("s3:GetObject on arn:aws:s3:::bkt/p/context.json"), error.getMessage)
    assert(
      error.getMessage.contains("Without s3:ListBucket S3 answers 403 for a missing object too"),
      error.getMessage
    )
    assert(!error.retryable)
  }

  s3.test("a missing object is final") { s3 =>
    val error = refused(s3, 404, "NoSuchKey")(read)
    assert(error.getMessage.contains("got status 404 NoSuchKey"), error.getMessage)
    assert(error.getMessage.contains("Dagster deletes it when its run has ended"), error.getMessage)
    assert(!error.retryable)
  }

  s3.test("a missing bucket is final") { s3 =>
    val error = refused(s3, 404, "NoSuchBucket")(write)
    assert(error.getMessage.contains("Create the bucket bkt"), error.getMessage)
    assert(!error.retryable)
  }

  s3.test("expired credentials are final") { s3 =>
    val error = refused(s3, 400, "ExpiredToken")(write)
    assert(error.getMessage.contains("The credentials of this process have run out"), error.getMessage)
    assert(!error.retryable)
  }

  s3.test("server errors and throttling pass") { s3 =>
    assert(refused(s3, 503, "SlowDown")(write).retryable)
    assert(refused(s3, 500, "InternalError")(write).retryable)
    assert(refused(s3, 429, "TooManyRequests")(write).retryable)
  }

  test("a refused connection passes") {
    val free = new ServerSocket(0)
    val url  = s"http://127.0.0.1:${free.getLocalPort}"
    free.close()
    val error = intercept[PipesIoException](write(open(url)))
    assert(error.retryable)
    assert(error.getMessage.contains("got none: ConnectException: Connection refused"), error.getMessage)
  }

  s3.test("no credentials are an error that names the remedies") { s3 =>
    Seq("aws.accessKeyId", "aws.secretAccessKey").foreach(System.clearProperty)
    val error = intercept[PipesIoException](write(open(s3.url)))
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
