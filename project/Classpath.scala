import sbt._
import sbt.Keys._
import sbtassembly.AssemblyKeys.assembly

/** A program's class path in one line, for whoever starts it without sbt. */
object Classpath {
  val writeClasspath = taskKey[File]("Writes the run-time class path to the module's target/classpath.txt")

  /** With the finished bridge jar in place of core's classes: what runs is then what is shipped. */
  def settings(bridge: ProjectReference): Seq[Setting[_]] = Seq(
    writeClasspath := {
      val jars = Seq((bridge / assembly).value, (Compile / packageBin).value) ++
        (Runtime / externalDependencyClasspath).value.map(_.data)
      val file = baseDirectory.value / "target" / "classpath.txt"
      IO.write(file, jars.map(_.getAbsolutePath).mkString(java.io.File.pathSeparator))
      streams.value.log.info(s"wrote $file")
      file
    }
  )
}
