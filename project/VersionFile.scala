import sbt._
import sbt.Keys._

/** `dagsterpipes/version.properties` on the class path: the version is written down once, in build.sbt. */
object VersionFile {
  val task = Def.task {
    val file = (Compile / resourceManaged).value / "dagsterpipes" / "version.properties"
    val text = s"version=${version.value}\n"
    if (!file.exists || IO.read(file) != text) IO.write(file, text)
    Seq(file)
  }
}
