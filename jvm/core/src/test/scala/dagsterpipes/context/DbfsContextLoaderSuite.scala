package dagsterpipes.context

import java.nio.file.Files
import java.util.{Map => JMap}

import dagsterpipes.Session.context
import dagsterpipes.json.Json

class DbfsContextLoaderSuite extends munit.FunSuite {
  test("a path on DBFS is one below the mount, with or without its first slash") {
    val mount = Files.createTempDirectory("dbfs")
    val file  = mount.resolve("tmp/AbC/context.json")
    Files.createDirectories(file.getParent)
    Files.writeString(file, Json.write(context()))
    for (path <- List("/tmp/AbC/context.json", "tmp/AbC/context.json"))
      assertEquals(new DbfsContextLoader(mount.toString).load(JMap.of("path", path)).raw(), context())
    assertEquals(new DbfsContextLoader().uri(JMap.of("path", "/tmp/x")), "file:///dbfs/tmp/x")
  }
}
