import sbt._
import sbt.Keys._

/** Puts a module's jar and POM into a Maven repository in `build/maven`. The wheel carries it; sbt and Maven resolve
  * from it, as long as nothing is published.
  */
object WheelRepository {
  val mavenRepository = taskKey[Unit]("Puts jar and POM into the Maven repository in build/maven")

  val settings: Seq[Setting[_]] = Seq(
    mavenRepository := {
      val id = CrossVersion(scalaVersion.value, scalaBinaryVersion.value)(projectID.value).name
      val folder =
        (ThisBuild / baseDirectory).value / "build" / "maven" /
          organization.value.replace('.', '/') / id / version.value
      for ((file, extension) <- Seq((Compile / packageBin).value -> "jar", makePom.value -> "pom"))
        IO.copyFile(file, folder / s"$id-${version.value}.$extension")
      streams.value.log.info(s"Maven repository: $folder")
    }
  )
}
