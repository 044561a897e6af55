package dagsterpipes.spark

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.nio.file.{Files, Path}
import java.util.{Collections, Properties, UUID}

import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.StoreContract
import dagsterpipes.store.ObjectStore
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.permission.FsPermission
import org.apache.hadoop.fs.{FileSystem, Path => HadoopPath}
import org.apache.hadoop.hdfs.MiniDFSCluster
import org.apache.hadoop.hdfs.protocol.HdfsConstants.SafeModeAction

/** A real HDFS of one node in this process, on ports of the system's choice. */
class HdfsSuite extends SparkSuite with StoreContract {
  private var base: Path              = _
  private var cluster: MiniDFSCluster = _

  override def beforeAll(): Unit = {
    base = Files.createTempDirectory("hdfs")
    val conf = new Configuration()
    conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, base.toString)
    cluster = new MiniDFSCluster.Builder(conf).numDataNodes(1).build()
    cluster.waitActive()
  }

  override def afterAll(): Unit = if (cluster != null) cluster.shutdown(true)

  private def authority = cluster.getURI.getAuthority

  private def open(authority: String): ObjectStore = {
    val conf = PrivateConfiguration.complete(
      new Configuration(),
      new Properties,
      Collections.emptyMap[String, String]
    )
    HadoopObjectStore.open("hdfs", authority, conf).get
  }

  override protected def openStore(): ObjectStore = open(authority)

  override protected def folder(): String = s"pipes/${UUID.randomUUID}"

  override protected def names(folder: String): Option[List[String]] =
    Some(cluster.getFileSystem.listStatus(new HadoopPath("/" + folder)).toList.map(_.getPath.getName))

  storeContract()

  private def refused(call: ObjectStore => Unit): PipesIoException = {
    val store = openStore()
    try intercept[PipesIoException](call(store))
    finally store.close()
  }

  test("a directory of somebody else is a refusal that says who was refused, and final") {
    val locked = new HadoopPath("/locked")
    cluster.getFileSystem.mkdirs(locked)
    cluster.getFileSystem.setPermission(locked, new FsPermission("700"))
    cluster.getFileSystem.setOwner(locked, "somebody", "else")
    val conf  = PrivateConfiguration.complete(new Configuration(), new Properties, Collections.emptyMap())
    val other = org.apache.hadoop.security.UserGroupInformation.createRemoteUser("bob")
    val error = other.doAs(
      new java.security.PrivilegedExceptionAction[PipesIoException] {
        override def run(): PipesIoException = {
          val store = HadoopObjectStore.open("hdfs", authority, conf).get
          try intercept[PipesIoException](store.write("locked/1.json", "x".getBytes))
          finally store.close()
        }
      }
    )
    val start = s"Cannot write hdfs://$authority/locked/1.json. Expected Hadoop" +
      " (org.apache.hadoop.hdfs.DistributedFileSystem) to take it, got a refusal: RemoteException: Permission denied:" +
      " user=bob, access=EXECUTE"
    assert(error.getMessage.startsWith(start), error.getMessage)
    assert(error.getMessage.contains("in the messages parameter. Allow the user"), error.getMessage)
    assert(error.getMessage.endsWith(s"See $PAGE_URL#stores"), error.getMessage)
    assert(!error.retryable)
  }

  test("a full directory is told as such, and final") {
    val small = new HadoopPath("/small")
    cluster.getFileSystem.mkdirs(small)
    cluster.getFileSystem.setQuota(small, 1L, Long.MaxValue)
    val error = refused(_.write("small/1.json", "x".getBytes))
    assert(error.getMessage.contains("got no room: "), error.getMessage)
    assert(!error.retryable)
  }

  test("safe mode passes") {
    cluster.getFileSystem.setSafeMode(SafeModeAction.SAFEMODE_ENTER)
    val error =
      try refused(_.write("safe/1.json", "x".getBytes))
      finally cluster.getFileSystem.setSafeMode(SafeModeAction.SAFEMODE_LEAVE)
    assert(error.getMessage.contains("got \"not now\": "), error.getMessage)
    assert(error.retryable)
  }

  test("a refused connection passes, and is told within seconds") {
    val free = new java.net.ServerSocket(0)
    val port = free.getLocalPort
    free.close()
    val store = open(s"127.0.0.1:$port")
    val error = intercept[PipesIoException](store.write("p/1.json", "x".getBytes))
    store.close()
    assert(error.getMessage.contains("got no answer: ConnectException"), error.getMessage)
    assert(error.getMessage.contains("Check the host and the port in the URI"), error.getMessage)
    assert(error.retryable)
  }

  test("a host without a name is an error where the session opens") {
    val error = intercept[PipesException](open("no-such-host.invalid:8020"))
    assert(error.getMessage.contains("no-such-host.invalid"), error.getMessage)
  }

  test("a URI without a host means the job's own file system") {
    val conf = new Configuration()
    conf.set("fs.defaultFS", s"hdfs://$authority")
    PrivateConfiguration.complete(conf, new Properties, Collections.emptyMap())
    val store = HadoopObjectStore.open("hdfs", "", conf).get
    store.write("default/1.json", "x".getBytes)
    assertEquals(store.describe("default/1.json"), "hdfs:///default/1.json")
    store.close()
    assertEquals(names("default"), Some(List("1.json")))
  }

  test("a scheme that no file system is for, or whose class is not there, is none") {
    val conf = new Configuration()
    conf.set("fs.gs.impl", "acme.Absent")
    assert(!HadoopObjectStore.open("gs", "bucket", conf).isPresent)
    assert(!HadoopObjectStore.open("acme", "bucket", conf).isPresent)
  }

  test("Hadoop's client alone is enough: a program without Spark writes to HDFS") {
    val parts = System.getProperty("java.class.path").split(java.io.File.pathSeparator)
    val urls  = parts.filterNot(_.matches(".*/(spark-|scala-).*jar")).map(new java.io.File(_).toURI.toURL)
    val alone = new java.net.URLClassLoader(urls, ClassLoader.getPlatformClassLoader)
    intercept[ClassNotFoundException](alone.loadClass("org.apache.spark.SparkConf"))
    val thread = Thread.currentThread
    val before = thread.getContextClassLoader
    thread.setContextClassLoader(alone)
    try {
      val stores = alone.loadClass("dagsterpipes.store.ObjectStores")
      val store  = stores.getMethod("open", classOf[String], classOf[String]).invoke(null, "hdfs", authority)
      val face   = alone.loadClass("dagsterpipes.store.ObjectStore")
      val write  = face.getMethod("write", classOf[String], classOf[Array[Byte]])
      write.invoke(store, "alone/1.json", "x".getBytes)
      face.getMethod("close").invoke(store)
    } finally thread.setContextClassLoader(before)
    assertEquals(names("alone"), Some(List("1.json")))
  }

  test("it stays open when Hadoop's shutdown hook closes every file system") {
    val store    = openStore()
    val cache    = classOf[FileSystem].getDeclaredField("CACHE")
    val closeAll = cache.getType.getDeclaredMethod("closeAll", classOf[Boolean])
    cache.setAccessible(true)
    closeAll.setAccessible(true)
    closeAll.invoke(cache.get(null), Boolean.box(true)) // what the hook calls
    store.write("open/1.json", "x".getBytes)
    store.close()
  }
}
