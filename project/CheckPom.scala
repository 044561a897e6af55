import scala.xml.XML

import sbt._
import sbt.Keys._

/** Looks at a POM as it is published: whoever follows it must find all that it names. */
object CheckPom {
  val checkPom = taskKey[Unit]("Fails when the POM names what nobody finds or nobody needs")

  /** Fails if the jar, on a module path, has another name than this one. */
  def checkModule(name: String): Setting[Task[Unit]] = checkPom := {
    checkPom.value
    val jar = new java.util.jar.JarFile((Compile / packageBin).value)
    val found =
      try jar.getManifest.getMainAttributes.getValue("Automatic-Module-Name")
      finally jar.close()
    if (found != name)
      throw new MessageOnlyException(s"${jar.getName} has the module name $found, expected $name")
  }

  /** @param ours
    *   the modules of this build that it has to name, provided by whoever runs the job
    */
  def settings(ours: Seq[String]): Seq[Setting[_]] = Seq(
    checkPom := {
      val expected = ours.map(artifact => s"${organization.value}:$artifact:${version.value}:provided")
      val found = for {
        dependency <- XML.loadFile(makePom.value) \\ "dependency"
        List(group, artifact, revision, scope) =
          List("groupId", "artifactId", "version", "scope").map(part => (dependency \ part).text)
        // Of others: what a job's class path would get from us, other than Scala.
        if group == organization.value || (scope != "provided" && scope != "test" && group != "org.scala-lang")
      } yield s"$group:$artifact:$revision:$scope"
      if (found != expected)
        throw new MessageOnlyException(
          s"the POM of ${name.value} has [${found.mkString(", ")}], expected [${expected.mkString(", ")}]"
        )
      streams.value.log.info(s"POM of ${name.value}: [${found.mkString(", ")}]")
    }
  )
}
