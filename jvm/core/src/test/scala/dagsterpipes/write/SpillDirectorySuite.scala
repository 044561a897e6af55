package dagsterpipes.write

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.nio.file.{Files, Path}
import java.util.{Map => JMap}

import dagsterpipes.{MemoryStores, Pipes}
import dagsterpipes.Session._
import dagsterpipes.errors.PipesException
import dagsterpipes.wire.PipesConf

/** A directory for messages that wait is looked at where the session opens. */
class SpillDirectorySuite extends munit.FunSuite {
  private val folder = FunFixture[Path](
    _ => Files.createTempDirectory("spill"),
    folder => {
      Files.walk(folder).sorted(java.util.Comparator.reverseOrder[Path]).forEach(Files.delete(_))
    }
  )

  private def opened(bucket: String, properties: (String, String)*): Unit = {
    properties.foreach { case (name, value) => System.setProperty(name, value) }
    try {
      val messages =
        JMap.of[String, Object]("bucket", bucket, "key_prefix", "p", "upload_interval_millis", Long.box(300))
      Pipes.builder().paramsLoader(loader(data(context()), messages)).open().close()
    } finally properties.foreach { case (name, _) => System.clearProperty(name) }
  }

  private def refused(directory: Any): String =
    intercept[PipesException](opened("memory-spill", PipesConf.SPILL_DIRECTORY -> s"$directory")).getMessage

  private def message(directory: Any, reason: String) =
    "Invalid value for parameter `spark.dagster.pipes.spillDirectory` of `Pipes.open`. Expected a directory in which" +
      s" this process can write files, got `$directory`, where $reason, set by --conf or -D. Name such a directory," +
      " or leave the key out: java.io.tmpdir is used then. spark.dagster.pipes.spillBytes=0 uses no disk. See" +
      s" $PAGE_URL#message-channel"

  folder.test("one that does not exist, or is a file, is an error with the true reason") { folder =>
    val missing = folder.resolve("missing")
    assertEquals(refused(missing), message(missing, "there is no such directory"))
    val file = Files.createFile(folder.resolve("file"))
    assertEquals(refused(file), message(file, "there is a file, and no directory"))
    assertEquals(MemoryStores.bucket("memory-spill").keys, Nil)
  }

  folder.test("one without the right to write is an error") { folder =>
    // Also for root, who may write everywhere else.
    assume(Files.isDirectory(Path.of("/proc")))
    assert(refused("/proc").contains("got `/proc`, where "), refused("/proc"))
    assert(!refused("/proc").contains("full"), refused("/proc"))
  }

  folder.test("it is not looked at where nothing goes there, and nothing is left in it") { folder =>
    opened("memory-spill-1", PipesConf.SPILL_DIRECTORY -> s"$folder/missing", PipesConf.SPILL_BYTES -> "0")
    opened("memory-spill-2", PipesConf.SPILL_DIRECTORY -> s"$folder")
    assertEquals(Files.list(folder).count, 0L)
  }

  folder.test("java.io.tmpdir, which nobody chose, is a notice on stderr") { folder =>
    val before      = System.getProperty("java.io.tmpdir")
    val (_, stderr) = captureStderr(opened("memory-spill-3", "java.io.tmpdir" -> s"$folder/missing"))
    System.setProperty("java.io.tmpdir", before)
    assertEquals(
      stderr,
      s"[dagster-pipes] messages that memory does not hold cannot wait in $folder/missing now: there is no such" +
        " directory. If the message store does not take 8388608 bytes in time, log lines are dropped. Name another" +
        s" directory with spark.dagster.pipes.spillDirectory. See $PAGE_URL#message-channel\n"
    )
  }

  test("a full disk is said to be full, and nothing else is") {
    def of(text: String) = new SpillFault(new java.io.File("."), new java.io.IOException(text))
    assert(of("No space left on device").isFull)
    assertEquals(of("No space left on device").reason, "the disk is full (No space left on device)")
    assertEquals(of("Permission denied").reason, "this process has no right to write")
    assertEquals(of("Read-only file system").reason, "the file system is read-only")
    assertEquals(of("odd").reason, "no file can be written (java.io.IOException: odd)")
    assert(!of("odd").isFull)
  }
}
