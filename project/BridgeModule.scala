import javax.tools.ToolProvider

import sbt._
import sbt.Keys._

/** `META-INF/versions/9/module-info.class` of the bridge jar: JDK 8 does not look there. */
object BridgeModule {
  val path       = "META-INF/versions/9/module-info.class"
  val moduleInfo = taskKey[File]("Compiles the bridge's module-info.java; the folder above META-INF")

  /** The modules that it requires, by the beginnings of their jars' names. Others have no name as a module. */
  private val required = Seq("s3-", "log4j-api-", "log4j-core-", "slf4j-api-")

  /** @param modules
    *   the projects whose packages it exports
    */
  def settings(modules: ProjectReference*): Seq[Setting[_]] = {
    val parts = ScopeFilter(inProjects(modules: _*), inConfigurations(Compile))
    Seq(
      moduleInfo := {
        val classes = StableOrder((classDirectory.all(parts).value zip compile.all(parts).value).map(_._1))
        val jars    = StableOrder(dependencyClasspath.all(parts).value.flatten.map(_.data))
        compileTo(
          target.value / "module-info",
          baseDirectory.value / "src" / "main" / "java9" / "module-info.java",
          classes,
          required.map(name =>
            jars
              .find(_.getName.startsWith(name))
              .getOrElse(throw new MessageOnlyException(s"no jar $name*.jar"))
          )
        )
      }
    )
  }

  private def compileTo(folder: File, source: File, classes: Seq[File], jars: Seq[File]): File = {
    val out = (folder / path).getParentFile
    IO.delete(folder)
    IO.createDirectory(out)
    def joined(files: Seq[File]) = files.mkString(java.io.File.pathSeparator)
    val options =
      Seq("--release", "9", "-p", joined(jars), "--patch-module", s"dagsterpipes=${joined(classes)}", "-d")
    val code = ToolProvider.getSystemJavaCompiler
      .run(null, null, null, options ++ Seq(out.getPath, source.getPath): _*)
    if (code != 0) throw new MessageOnlyException(s"$source does not compile")
    folder
  }
}
