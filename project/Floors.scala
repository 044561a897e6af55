import java.io.File.pathSeparator

import sbt._
import sbt.Keys._

/** Tells the suite of the floors where the modules' classes are; it needs none of them on its class path. */
object Floors {

  /** @param modules
    *   those that go into a job, each under its name in jvm/floors.txt
    */
  def settings(modules: ProjectReference*): Seq[Setting[_]] =
    options(ScopeFilter(inProjects(modules: _*), inConfigurations(Compile)))

  private def options(parts: ScopeFilter) = Seq(
    Test / javaOptions ++= products.all(parts).value.zip(thisProject.all(parts).value).map {
      case (folders, module) => s"-Dfloors.${module.id}=${folders.mkString(pathSeparator)}"
    }
  )
}
