package dagsterpipes.internal

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.io.IOException

import scala.io.Source
import scala.util.Using

class FaultSuite extends munit.FunSuite {
  test("what an exception of somebody else says keeps its full stop out of our sentence") {
    assertEquals(
      Fault
        .value("path", "Pipes.open")
        .expected("a file", new IOException("No space left.").getMessage, Fault.JOB)
        .todo("Free some.")
        .see("stores")
        .exception()
        .getMessage,
      "Invalid value for parameter `path` of `Pipes.open`. Expected a file, got No space left, passed by this job. Free" +
        s" some. See $PAGE_URL#stores"
    )
  }

  test("the page that messages link to is on the class path, with the section") {
    val page = Using.resource(getClass.getResourceAsStream("/META-INF/TROUBLESHOOTING.md"))(in =>
      Source.fromInputStream(in, "UTF-8").mkString
    )
    assert(page.contains("""<a id="stores">"""), page.take(200))
  }
}
