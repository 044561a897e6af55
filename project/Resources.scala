import sbt._
import sbt.Keys._

/** Files that the build adds to core's class path. */
object Resources {

  /** `dagsterpipes/version.properties`: the version is written down once, in build.sbt. */
  val version = Def.task {
    val file = (Compile / resourceManaged).value / "dagsterpipes" / "version.properties"
    val text = s"version=${Keys.version.value}\n"
    if (!file.exists || IO.read(file) != text) IO.write(file, text)
    Seq(file)
  }

  /** `META-INF/TROUBLESHOOTING.md`: error messages link to it. */
  val troubleshooting = Def.task {
    val file = (Compile / resourceManaged).value / CheckJar.troubleshooting
    IO.copyFile((ThisBuild / baseDirectory).value / "TROUBLESHOOTING.md", file)
    Seq(file)
  }
}
