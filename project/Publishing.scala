import com.typesafe.tools.mima.core.{Problem, ProblemFilters}
import com.typesafe.tools.mima.plugin.MimaKeys._
import sbt._
import sbt.Keys._
import sbtassembly.AssemblyKeys.assembly

/** The modules that go to Maven Central: their POMs, their documentation, and their compatibility. */
object Publishing {

  private val organisation = "https://github.com/dagster-pipes-jvm"
  private val repository   = s"$organisation/dagster-pipes-jvm"

  /** The releases that this version is compared with, the newest last. It is empty while nothing is published. After
    * 0.1.0 is published it is `Seq("0.1.0")`, and `make compatible` fails for each removed member.
    */
  val previousVersions: Seq[String] = Nil

  /** The parts of a POM that Maven Central requires, and the folder for the bundle. */
  val settings: Seq[Setting[_]] = Seq(
    publish / skip       := false,
    organizationName     := "dagster-pipes-jvm",
    organizationHomepage := Some(url(organisation)),
    homepage             := Some(url(repository)),
    licenses             := Seq(License.Apache2),
    developers := List(
      Developer(
        "dagster-pipes-jvm",
        "The maintainers of dagster-pipes-jvm",
        "dagster-pipes-jvm@users.noreply.github.com",
        url(organisation)
      )
    ),
    scmInfo := Some(
      ScmInfo(
        url(repository),
        s"scm:git:$repository.git",
        "scm:git:git@github.com:dagster-pipes-jvm/dagster-pipes-jvm.git"
      )
    ),
    versionScheme        := Some("early-semver"),
    pomIncludeRepository := (_ => false),
    publishTo            := localStaging.value
  ) ++ compatibility

  private def compatibility: Seq[Setting[_]] = Seq(
    mimaPreviousArtifacts := previousVersions.map { version =>
      (organization.value % moduleName.value % version).cross(projectID.value.crossVersion)
    }.toSet,
    // These may change any day: CONTRIBUTING.md, "Habits".
    mimaBinaryIssueFilters ++= Seq(
      "dagsterpipes.internal.*",
      "dagsterpipes.*.internal.*",
      "dagsterpipes.shaded.*"
    )
      .map(ProblemFilters.exclude[Problem](_))
  )

  /** The bridge: its jar is the assembly, and its documentation comes from the sources of the modules.
    *
    * @param modules
    *   the projects whose classes it holds
    */
  def bridge(modules: ProjectReference*): Seq[Setting[_]] =
    settings ++ documentation(ScopeFilter(inProjects(modules: _*), inConfigurations(Compile))) :+
      (mimaCurrentClassfiles := assembly.value)

  /** Javadoc of the exported packages. */
  private def documentation(parts: ScopeFilter): Seq[Setting[_]] = Seq(
    Compile / doc / sources := {
      val exported = exports(baseDirectory.value / "src" / "main" / "java9" / "module-info.java")
      (Compile / unmanagedSources)
        .all(parts)
        .value
        .flatten
        .filter(file => exported(packageOf(file)))
        .sortBy(_.getPath)
    },
    Compile / doc / dependencyClasspath := StableOrder.classpath(
      classDirectory.all(parts).value.map(Attributed.blank) ++ dependencyClasspath.all(parts).value.flatten
    ),
    Compile / doc := (Compile / doc).dependsOn(compile.all(parts)).value
  )

  private def exports(moduleInfo: File): Set[String] =
    raw"exports ([\w.]+);".r.findAllMatchIn(IO.read(moduleInfo)).map(_.group(1)).toSet

  private def packageOf(source: File): String =
    raw"(?m)^package ([\w.]+);".r.findFirstMatchIn(IO.read(source)).fold("")(_.group(1))
}
