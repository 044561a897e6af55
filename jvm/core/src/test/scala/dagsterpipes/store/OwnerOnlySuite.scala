package dagsterpipes.store

import java.nio.file.{Files, Path}
import java.nio.file.attribute.PosixFilePermissions

import dagsterpipes.write.FileMessageWriterChannel

/** Messages can hold data: what a job writes to a POSIX file system is its owner's. */
class OwnerOnlySuite extends munit.FunSuite {
  private val folder = FunFixture[Path](_ => Files.createTempDirectory("owner"), _ => ())

  private def mode(path: Path): String = PosixFilePermissions.toString(Files.getPosixFilePermissions(path))

  private def share(folder: Path): Unit = {
    val done = new ProcessBuilder("chmod", "2775", folder.toString).inheritIO().start().waitFor()
    assertEquals(done, 0)
  }

  folder.test("a message file that the channel makes can be read by its owner only") { folder =>
    val file = folder.resolve("messages.jsonl")
    new FileMessageWriterChannel(file.toString).close()
    assertEquals(mode(file), "rw-------")
  }

  folder.test("a chunk and the folders that are made for it can be read by their owner only") { folder =>
    val chunk = folder.resolve("pipes/run/1.json")
    new LocalObjectStore().write(chunk.toString.drop(1), Array[Byte](1))
    assertEquals(mode(chunk), "rw-------")
    assertEquals(mode(chunk.getParent), "rwx------")
    assertEquals(mode(chunk.getParent.getParent), "rwx------")
    assertEquals(Files.list(chunk.getParent).count(), 1L)
  }

  folder.test("in a folder with the setgid bit the group can read them as well") { folder =>
    share(folder)
    val chunk = folder.resolve("run/1.json")
    new LocalObjectStore().write(chunk.toString.drop(1), Array[Byte](1))
    assertEquals(
      mode(chunk).take(4) + mode(chunk).drop(6),
      "rw-r---"
    ) // The umask may take the group's right to write.
    assertEquals(mode(chunk.getParent).drop(6), "---")
    assertEquals(mode(chunk.getParent).slice(3, 4), "r")
  }
}
