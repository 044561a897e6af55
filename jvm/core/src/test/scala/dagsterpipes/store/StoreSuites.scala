package dagsterpipes.store

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.nio.file.{Files, Path}
import java.util.UUID

import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.{MemoryStore, StoreContract}

class MemoryStoreSuite extends munit.FunSuite with StoreContract {
  override protected def openStore(): ObjectStore                    = new MemoryStore("contract")
  override protected def folder(): String                            = "p"
  override protected def names(folder: String): Option[List[String]] = None

  storeContract()
}

/** Local directories, which need only the JDK. */
class LocalObjectStoreSuite extends munit.FunSuite with StoreContract {
  private lazy val base: Path = Files.createTempDirectory("stores")

  override protected def openStore(): ObjectStore = ObjectStores.open("file", "")

  override protected def folder(): String = s"${base.toString.substring(1)}/${UUID.randomUUID}"

  override protected def names(folder: String): Option[List[String]] =
    Some(new java.io.File("/" + folder).list.toList)

  storeContract()

  private val store = ObjectStores.open("file", "")

  private def refused(call: => Unit): PipesIoException = intercept[PipesIoException](call)

  test("a file that is gone is told as such") {
    val e = refused { store.read("no/such/context.json", Int.MaxValue); () }
    assertEquals(
      e.getMessage,
      "Cannot read file:///no/such/context.json. Expected the file system of this machine to give it, got no such file:" +
        " NoSuchFileException: /no/such/context.json, for a place sent by the orchestration side in the context" +
        " parameter. Dagster removes the context when its run has ended, so an attempt that starts later finds none." +
        s" Check also that both sides mean the same file system. See $PAGE_URL#stores"
    )
    assert(!e.retryable)
  }

  test("an interrupted thread writes: Spark interrupts") {
    val key = folder() + "/1.json"
    Thread.currentThread().interrupt()
    store.write(key, "x".getBytes)
    assert(Thread.interrupted())
    assertEquals(new String(store.read(key, Int.MaxValue)), "x")
  }

  test("a place where nothing can be made is final") {
    // Not a directory without permission: who runs this may be root, who may everything.
    val e = refused(store.write("proc/pipes/1.json", "x".getBytes))
    assert(e.getMessage.startsWith("Cannot write file:///proc/pipes/1.json. Expected the file"), e.getMessage)
    assert(!e.retryable, e.getMessage)
  }

  test("a file where the directory should be is an error with its cause") {
    val file = Files.createTempFile(base, "file", "")
    val e    = refused(store.write(s"${file.toString.substring(1)}/1.json", "x".getBytes))
    assert(e.getMessage.contains("got an error: FileAlreadyExistsException: " + file), e.getMessage)
  }

  test("a URI with a host names no file of this machine, and two slashes make the first folder one") {
    val e = intercept[PipesException](StoreUri.parse("file://mnt/pipes", "uri").open())
    assertEquals(
      e.getMessage,
      "Invalid value for parameter `uri` of `Pipes.open`. Expected a place that this process has the classes to reach," +
        " got `file://mnt`, sent by the orchestration side. A file URI names no host: file:///mnt/pipes, with three" +
        s" slashes. See $PAGE_URL#stores"
    )
  }
}

class StoreUriSuite extends munit.FunSuite {
  private def parts(uri: String) = {
    val parsed = StoreUri.parse(uri, "uri")
    (parsed.scheme, parsed.authority, parsed.key)
  }

  test("a URI is read as Hadoop and fsspec read it, nothing decoded") {
    assertEquals(parts("hdfs://nn:8020/pipes/run"), ("hdfs", "nn:8020", "pipes/run"))
    assertEquals(
      parts("abfss://c@acct.dfs.core.windows.net/a b/%20?x#y"),
      ("abfss", "c@acct.dfs.core.windows.net", "a b/%20?x#y")
    )
    assertEquals(parts("FILE:///mnt/x"), ("file", "", "mnt/x"))
    assertEquals(parts("file:/mnt/x"), ("file", "", "mnt/x"))
    assertEquals(parts("dbfs:/x"), ("dbfs", "", "x"))
    assertEquals(parts("hdfs:///x"), ("hdfs", "", "x"))
    assertEquals(parts("gs://bucket"), ("gs", "bucket", ""))
    assertEquals(parts("s3a://bucket/x"), ("s3", "bucket", "x"))
  }

  test("below a place its own slashes at the end do not count") {
    for (uri <- List("gs://b/x", "gs://b/x/", "gs://b/x//"))
      assertEquals(StoreUri.parse(uri, "uri").below("1.json"), "x/1.json")
    assertEquals(StoreUri.parse("gs://b/", "uri").below("1.json"), "1.json")
    assertEquals(StoreUri.parse("gs://b/x/", "uri").below(""), "x")
  }

  test(
    "a text without a scheme is refused: a path alone means one thing to Hadoop and another to the machine"
  ) {
    for (text <- List("/mnt/pipes", "", "C:\\pipes", "hdfs:", "no scheme:/x")) {
      assertEquals(
        intercept[PipesException](StoreUri.parse(text, "uri")).getMessage,
        "Invalid value for parameter `uri` of `Pipes.open`. Expected a URI with its scheme, such as" +
          s" hdfs://namenode:8020/pipes/run or file:///mnt/pipes, got `$text`, sent by the orchestration side. Give its" +
          s" reader or injector the whole URI. See $PAGE_URL#stores"
      )
    }
  }

  test("an account of Azure is a name, or the host of another cloud's") {
    assertEquals(StoreUri.azure("c", "acct"), "abfss://c@acct.dfs.core.windows.net")
    assertEquals(
      StoreUri.azure("c", "acct.dfs.core.chinacloudapi.cn"),
      "abfss://c@acct.dfs.core.chinacloudapi.cn"
    )
  }
}
