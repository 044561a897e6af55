package dagsterpipes.store

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.io.IOException
import java.net.URL
import java.util.{Enumeration, ServiceConfigurationError}

import scala.concurrent.duration._

import dagsterpipes.errors.PipesException

class ObjectStoresSuite extends munit.FunSuite {
  override val munitTimeout: Duration = 30.seconds

  test("a class path whose service files cannot be read ends in an error with the cause") {
    val gone = new IOException("orders.jar: no such file")
    val loader = new ClassLoader(getClass.getClassLoader) {
      override def getResources(name: String): Enumeration[URL] = throw gone
    }
    // A thread of its own: munit's timeout does not reach a loop without end in a test's body.
    val opened = scala.concurrent.Future(ObjectStores.open("s3", "b", loader))(
      scala.concurrent.ExecutionContext.global
    )
    opened.failed.map { e =>
      assert(e.isInstanceOf[PipesException], e.toString)
      assert(e.getMessage.contains("got `s3://b`, sent by the orchestration side"), e.getMessage)
      assert(e.getMessage.endsWith(s"See $PAGE_URL#s3-store"), e.getMessage)
      assert(e.getCause.isInstanceOf[ServiceConfigurationError], e.getCause.toString)
      assertEquals(e.getCause.getCause, gone: Throwable)
    }(munitExecutionContext)
  }
}
