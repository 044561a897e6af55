package dagsterpipes

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.net.ServerSocket
import java.util.UUID

import dagsterpipes.errors.PipesIoException
import dagsterpipes.message.PipesMessage
import dagsterpipes.store.{ObjectStore, Presence}
import dagsterpipes.write.{ChunkedMessageWriterChannel, ChunkSettings}

/** Every client for S3 must report S3's answers in the same words and with the same verdict. It uses no network
  * except loopback.
  */
trait S3Contract extends StoreContract { this: munit.FunSuite =>

  /** The bucket `bkt` at this endpoint, with credentials that it takes. */
  protected def open(url: String): ObjectStore

  /** How errors call the client. */
  protected def client: String

  private lazy val server = new FakeS3

  override protected def openStore(): ObjectStore = open(server.url)

  override protected def folder(): String = UUID.randomUUID.toString

  override protected def names(folder: String): Option[List[String]] = Some(server.names("/bkt/" + folder))

  override def afterAll(): Unit = server.close()

  protected val s3: FunFixture[FakeS3] = FunFixture[FakeS3](_ => new FakeS3, _.close())

  protected def write(store: ObjectStore): Unit = store.write("p/1.json", "{}".getBytes)

  protected def read(store: ObjectStore): Unit = { store.read("p/context.json", Int.MaxValue); () }

  protected def refused(s3: FakeS3, status: Int, code: String)(
      call: ObjectStore => Unit
  ): PipesIoException = {
    s3.refusal = Some(status -> code)
    failed(s3.url)(call)
  }

  protected def failed(url: String)(call: ObjectStore => Unit): PipesIoException = {
    val store = open(url)
    try intercept[PipesIoException](call(store))
    finally store.close()
  }

  private def says(error: PipesIoException, texts: String*): Unit =
    texts.foreach(text => assert(error.getMessage.contains(text), error.getMessage))

  protected def s3Contract(): Unit = {
    storeContract()

    s3.test("an object lies in the bucket under its key, and is described as it is on S3") { s3 =>
      val store = open(s3.url)
      store.write("p/1.json", "{\"a\":1}".getBytes)
      assertEquals(s3("/bkt/p/1.json"), Some("{\"a\":1}"))
      assertEquals(new String(store.read("p/1.json", Int.MaxValue)), "{\"a\":1}")
      assertEquals(store.describe("p/1.json"), "s3://bkt/p/1.json")
      store.close()
    }

    s3.test("whether an object is there is one HEAD; who may not look is told that it is unknown") { s3 =>
      val store = open(s3.url)
      write(store)
      s3.requests.clear()
      assertEquals(store.presence("p/1.json"), Presence.THERE)
      assertEquals(s3.requests.toArray.toList, List[AnyRef]("HEAD /bkt/p/1.json"))
      for ((status, code) <- List(403 -> "AccessDenied", 400 -> "ExpiredToken")) {
        s3.refusal = Some(status -> code)
        assertEquals(store.presence("p/1.json"), Presence.UNKNOWN)
      }
      s3.refusal = Some(503 -> "SlowDown")
      assert(intercept[PipesIoException](store.presence("p/1.json")).retryable)
      store.close()
    }

    s3.test("nothing but one PUT changes the bucket") { s3 =>
      val store = open(s3.url)
      write(store)
      store.close()
      val changes = s3.requests.toArray.toList.map(_.toString).filterNot(_.startsWith("GET"))
      assertEquals(changes, List("PUT /bkt/p/1.json"))
    }

    s3.test("403 on a put says who needs which permission, and is final") { s3 =>
      val error = refused(s3, 403, "AccessDenied")(write)
      assertEquals(
        error.getMessage,
        s"Cannot write s3://bkt/p/1.json. Expected S3 to accept PutObject through $client, got status 403 AccessDenied" +
          " (request R1), for a place sent by the orchestration side in the messages parameter. Allow the identity" +
          " that this process runs as s3:PutObject on arn:aws:s3:::bkt/p/*, and kms:GenerateDataKey where a KMS key" +
          s" encrypts the bucket. See $PAGE_URL#s3-access"
      )
      assert(!error.retryable)
    }

    s3.test("403 on a get says that the object may be missing") { s3 =>
      val error = refused(s3, 403, "AccessDenied")(read)
      says(error, "s3:GetObject on arn:aws:s3:::bkt/p/context.json", "in the context parameter")
      says(error, "Without s3:ListBucket S3 answers 403 for a missing object too")
      assert(!error.retryable)
    }

    s3.test("a missing object is final") { s3 =>
      val error = failed(s3.url)(read)
      says(error, "got status 404", "Dagster deletes it when its run has ended")
      assert(!error.retryable)
    }

    s3.test("a missing bucket is final") { s3 =>
      val error = refused(s3, 404, "NoSuchBucket")(write)
      says(error, "Create the bucket bkt")
      assert(!error.retryable)
    }

    s3.test("expired credentials are final") { s3 =>
      val error = refused(s3, 400, "ExpiredToken")(write)
      says(error, "The credentials of this process have run out")
      assert(!error.retryable)
    }

    s3.test("server errors and throttling pass") { s3 =>
      for ((status, code) <- Seq(503 -> "SlowDown", 500 -> "InternalError", 429 -> "TooManyRequests")) {
        val error = refused(s3, status, code)(write)
        says(error, s"got status $status $code")
        assert(error.retryable)
      }
    }

    for (
      (name, value) <- List(
        "Retry-After"       -> "3600",
        "Retry-After"       -> "Fri, 31 Dec 2100 23:59:59 GMT",
        "x-amz-retry-after" -> "3600000"
      );
      (status, code) <- List(503 -> "SlowDown", 429 -> "TooManyRequests", 500 -> "InternalError")
    )
      s3.test(s"$status with `$name: $value` is one request, and holds nobody") { s3 =>
        val store = open(s3.url)
        write(store) // what a client does once, it has done
        s3.requests.clear()
        s3.refusalHeaders = List(name -> value)
        s3.refusal = Some(status -> code)
        val began = System.nanoTime
        val faults = List[() => Any](
          () => write(store),
          () => read(store),
          () => store.presence("p/1.json")
        ).map(call => intercept[PipesIoException](call()))
        assert(faults.forall(_.retryable), faults.map(_.getMessage))
        assertEquals(s3.requests.toArray.toList.map(_.toString.takeWhile(_ != ' ')).size, 3)
        assert(System.nanoTime - began < 5L * 1000 * 1000 * 1000)
        s3.refusal = None
        write(store)
        store.close()
      }

    s3.test("a channel delivers within seconds after answers that ask for an hour") { s3 =>
      val store = open(s3.url)
      write(store)
      s3.requests.clear()
      s3.refusalHeaders = List("Retry-After" -> "3600")
      s3.refusals = 4
      s3.refusal = Some(503 -> "SlowDown")
      val began   = System.nanoTime
      val channel = new ChunkedMessageWriterChannel(store, "run", new ChunkSettings(300, true, 60000))
      channel.write(PipesMessage.of("opened", java.util.Collections.emptyMap[String, Object]))
      channel.close()
      assertEquals(s3.names("/bkt/run"), List("1.json"))
      assert(System.nanoTime - began < 5L * 1000 * 1000 * 1000)
    }

    test("a refused connection passes") {
      val free = new ServerSocket(0)
      val url  = s"http://127.0.0.1:${free.getLocalPort}"
      free.close()
      val error = failed(url)(write)
      says(error, "got none: ")
      assert(error.retryable)
    }
  }
}
