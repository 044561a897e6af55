package dagsterpipes

import java.net.InetSocketAddress
import java.util.concurrent.{ConcurrentHashMap, ConcurrentLinkedQueue}

import com.sun.net.httpserver.{HttpExchange, HttpServer}

/** An S3 on loopback that keeps objects in memory, or refuses everything with one answer. Closed by whoever made it.
  *
  * For every suite that extends [[S3Contract]].
  */
final class FakeS3 extends AutoCloseable {
  private val objects = new ConcurrentHashMap[String, Array[Byte]]

  /** "PUT /bucket/key" of every request, oldest first. */
  val requests = new ConcurrentLinkedQueue[String]

  /** Status and error code for every request; None: behave as S3. */
  @volatile var refusal: Option[(Int, String)] = None

  /** Headers of every refusal. */
  @volatile var refusalHeaders: List[(String, String)] = Nil

  /** How many requests are refused, the first ones. */
  @volatile var refusals: Int = Int.MaxValue

  /** Between two bytes of a body that GET gives, in milliseconds; 0: it comes at once. */
  @volatile var byteMillis: Long = 0

  private val server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0)
  server.createContext("/", exchange => answer(exchange))
  server.start()

  def url: String = s"http://127.0.0.1:${server.getAddress.getPort}"

  def apply(path: String): Option[String] = Option(objects.get(path)).map(new String(_, "UTF-8"))

  /** The last parts of the names below a path. */
  def names(path: String): List[String] = {
    val found = objects.keySet.toArray(Array.empty[String]).toList
    found.filter(_.startsWith(path + "/")).map(_.substring(path.length + 1))
  }

  override def close(): Unit = server.stop(0)

  private def answer(exchange: HttpExchange): Unit = {
    val path = exchange.getRequestURI.getPath
    val body = readAll(exchange.getRequestBody)
    requests.add(exchange.getRequestMethod + " " + exchange.getRequestURI)
    (refusal, exchange.getRequestMethod) match {
      case (Some((status, code)), _) if requests.size <= refusals => refuse(exchange, status, code)
      case (_, "PUT") if isRefusedCondition(exchange, path) => refuse(exchange, 412, "PreconditionFailed")
      case (_, "PUT") =>
        val chunked = exchange.getRequestHeaders.containsKey("x-amz-decoded-content-length")
        objects.put(path, if (chunked) withoutSignatures(body) else body)
        exchange.getResponseHeaders.add("ETag", etag(path))
        send(exchange, 200, Array.empty)
      case (_, "HEAD" | "GET") if objects.containsKey(path) =>
        exchange.getResponseHeaders.add("ETag", etag(path))
        exchange.getResponseHeaders.add("Last-Modified", "Mon, 23 Nov 2026 05:00:00 GMT")
        send(exchange, 200, objects.get(path))
      case (_, "GET") if exchange.getRequestURI.getQuery != null =>
        val empty =
          "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
        send(exchange, 200, empty.getBytes("UTF-8"))
      case _ => refuse(exchange, 404, "NoSuchKey")
    }
  }

  private def isRefusedCondition(exchange: HttpExchange, path: String): Boolean =
    exchange.getRequestHeaders.getFirst("If-None-Match") == "*" && objects.containsKey(path)

  private def refuse(exchange: HttpExchange, status: Int, code: String): Unit = {
    exchange.getResponseHeaders.add("x-amz-request-id", "R1")
    refusalHeaders.foreach { case (name, value) => exchange.getResponseHeaders.add(name, value) }
    val xml = s"<Error><Code>$code</Code><Message>refused</Message><RequestId>R1</RequestId></Error>"
    send(exchange, status, xml.getBytes("UTF-8"))
  }

  private def send(exchange: HttpExchange, status: Int, body: Array[Byte]): Unit = {
    if (exchange.getRequestMethod == "HEAD") {
      exchange.getResponseHeaders.add("Content-Length", body.length.toString)
      exchange.sendResponseHeaders(status, -1)
    } else {
      exchange.getResponseHeaders.add("Content-Type", "application/xml")
      exchange.sendResponseHeaders(status, if (body.isEmpty) -1 else body.length.toLong)
      if (byteMillis > 0 && exchange.getRequestMethod == "GET") trickle(exchange, body)
      else if (body.nonEmpty) exchange.getResponseBody.write(body)
    }
    exchange.close()
  }

  /** Until the client has gone. */
  private def trickle(exchange: HttpExchange, body: Array[Byte]): Unit =
    try
      body.foreach { byte =>
        exchange.getResponseBody.write(byte.toInt)
        exchange.getResponseBody.flush()
        Thread.sleep(byteMillis)
      }
    catch { case _: java.io.IOException => }

  /** The object's MD5: the SDKs compare it with what they sent. */
  private def etag(path: String): String = {
    val digest = java.security.MessageDigest.getInstance("MD5").digest(objects.get(path))
    digest.map(b => f"$b%02x").mkString("\"", "", "\"")
  }

  /** aws-chunked, as SDK v1 sends it: "length in hex;chunk-signature=...", the bytes, and so on until length 0. */
  private def withoutSignatures(body: Array[Byte]): Array[Byte] = {
    val text = new String(body, "ISO-8859-1")
    val out  = new StringBuilder
    var at   = 0
    var size = -1
    while (size != 0) {
      size = Integer.parseInt(text.substring(at, text.indexOf(';', at)), 16)
      val start = text.indexOf("\r\n", at) + 2
      out.append(text.substring(start, start + size))
      at = start + size + 2
    }
    out.toString.getBytes("ISO-8859-1")
  }

  private def readAll(in: java.io.InputStream): Array[Byte] = {
    val out    = new java.io.ByteArrayOutputStream
    val buffer = new Array[Byte](8192)
    Iterator.continually(in.read(buffer)).takeWhile(_ >= 0).foreach(out.write(buffer, 0, _))
    out.toByteArray
  }
}
