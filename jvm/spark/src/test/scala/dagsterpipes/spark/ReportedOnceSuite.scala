package dagsterpipes.spark

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import java.nio.file.{Files, Path}
import java.util.{Map => JMap}
import java.util.concurrent.{Callable, CyclicBarrier, Executors}

import scala.collection.JavaConverters._

import dagsterpipes.{Pipes, PipesContext}
import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.report.{AssetCheck, AssetMaterialization}

/** Dagster takes one materialization of an asset: a session has one list of reported assets for all languages. */
class ReportedOnceSuite extends BridgeSuite {
  private def pythons(asset: String) = line(
    "report_asset_materialization",
    s"""{"asset_key": "$asset", "data_version": null, "metadata": null}"""
  )

  private def of(asset: String) = AssetMaterialization.empty().withAssetKey(asset)

  private def reported(path: Path): List[Any] = lines(path).map(obj).collect {
    case message if message.get("method") == "report_asset_materialization" =>
      message.get("params").asInstanceOf[JMap[String, Object]].get("asset_key")
  }

  /** In the words of dagster_pipes, which every language's call stands for. */
  private def refused(call: String, asset: String)(body: => Any): Unit = assertEquals(
    intercept[PipesException](body).getMessage,
    s"Calling `$call` with asset key `$asset` is undefined. Asset has already been materialized, so no additional data" +
      s" can be reported for it. Collect the metadata and report the asset once. See $PAGE_URL#asset-keys"
  )

  file.test("JVM code in Python's session cannot report what Python has reported") { path =>
    val bridge = python(path)
    bridge.write("opened", line("opened"))
    bridge.write("report_asset_materialization", pythons("b/c"))
    refused("reportAssetMaterialization", "b/c")(Pipes.current().reportAssetMaterialization(of("b/c")))
    fromJvm(path).run { pipes =>
      refused("reportAssetMaterialization", "b/c")(pipes.reportAssetMaterialization(of("b/c")))
      pipes.reportAssetMaterialization(of("a"))
    }
    bridge.write("closed", line("closed"))
    bridge.close()
    assertEquals(reported(path), List("b/c", "a"))
  }

  file.test("Python cannot report what JVM code has reported, and may go on") { path =>
    val bridge = python(path)
    bridge.write("opened", line("opened"))
    Pipes.current().reportAssetMaterialization(of("a"))
    refused("report_asset_materialization", "a")(
      bridge.write("report_asset_materialization", pythons("a"))
    )
    bridge.write("report_asset_materialization", pythons("b/c"))
    refused("report_asset_materialization", "b/c")(
      bridge.write("report_asset_materialization", pythons("b/c"))
    )
    bridge.write("closed", line("closed"))
    bridge.close()
    assertEquals(reported(path), List("a", "b/c"))
  }

  file.test("Python that joins a session of JVM code asks the same list") { path =>
    val pipes  = fromJvm(path).open()
    val bridge = python(path)
    bridge.write("report_asset_materialization", pythons("a"))
    refused("reportAssetMaterialization", "a")(pipes.reportAssetMaterialization(of("a")))
    pipes.reportAssetMaterialization(of("b/c"))
    refused("report_asset_materialization", "b/c")(
      bridge.write("report_asset_materialization", pythons("b/c"))
    )
    bridge.close()
    pipes.close()
    assertEquals(reported(path), List("a", "b/c"))
  }

  file.test("a guest asks for what an earlier guest has reported") { path =>
    val bridge = python(path)
    bridge.write("opened", line("opened"))
    fromJvm(path).run((pipes: PipesContext) => pipes.reportAssetMaterialization(of("a")))
    fromJvm(path).run { pipes =>
      refused("reportAssetMaterialization", "a")(pipes.reportAssetMaterialization(of("a")))
    }
    bridge.close()
    assertEquals(reported(path), List("a"))
  }

  file.test("of threads of both languages that report at the same moment one succeeds") { path =>
    val threads = 8
    for (round <- 1 to 25) {
      val bridge  = python(path, "round" -> Long.box(round.toLong))
      val barrier = new CyclicBarrier(2 * threads)
      val pool    = Executors.newFixedThreadPool(2 * threads)
      bridge.write("opened", line("opened"))
      def report(body: => Any) = new Callable[Boolean] {
        override def call(): Boolean = {
          barrier.await()
          try { body; true }
          catch { case _: PipesException => false }
        }
      }
      val calls = (1 to threads).flatMap { _ =>
        List(
          report(Pipes.current().reportAssetMaterialization(of("a"))),
          report(bridge.write("report_asset_materialization", pythons("a")))
        )
      }
      val succeeded = pool.invokeAll(calls.asJava).asScala.count(_.get)
      pool.shutdown()
      bridge.write("closed", line("closed"))
      bridge.close()
      assertEquals(succeeded, 1)
      assertEquals(reported(path).size, round)
    }
  }

  test("a report that the channel did not take may come again") {
    val directory = Files.createTempDirectory("pipes")
    val path      = directory.resolve("messages.json")
    val bridge    = python(path)
    bridge.write("opened", line("opened"))
    Files.delete(path)
    Files.delete(directory) // the channel makes a new file, but no directory
    intercept[PipesIoException](Pipes.current().reportAssetMaterialization(of("a")))
    intercept[PipesIoException](bridge.write("report_asset_materialization", pythons("a")))
    Files.createDirectory(directory)
    bridge.write("report_asset_materialization", pythons("a"))
    refused("reportAssetMaterialization", "a")(Pipes.current().reportAssetMaterialization(of("a")))
    bridge.write("closed", line("closed"))
    bridge.close()
    assertEquals(reported(path), List("a"))
    Files.delete(path)
    Files.delete(directory)
  }

  file.test("checks may come twice, as in dagster_pipes, and a report without an asset is none") { path =>
    val bridge = python(path)
    bridge.write("opened", line("opened"))
    val check = line(
      "report_asset_check",
      """{"asset_key": "a", "check_name": "c", "passed": true, "metadata": null, "severity": "ERROR"}"""
    )
    for (_ <- 1 to 2) {
      bridge.write("report_asset_check", check)
      Pipes.current().reportAssetCheck(AssetCheck.of("c", true).withAssetKey("a"))
      bridge.write("report_asset_materialization", line("report_asset_materialization"))
    }
    bridge.close()
    assertEquals(methods(path).count(_ == "report_asset_check"), 4)
    assertEquals(methods(path).count(_ == "report_asset_materialization"), 2)
  }
}
