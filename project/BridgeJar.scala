import java.util.jar.Attributes

import sbt._
import sbt.Keys._
import sbtassembly.AssemblyKeys._
import sbtassembly.{MergeStrategy, PathList}
import com.eed3si9n.jarjarabrams.ShadeRule

/** The one jar: core, s3, spark, instrument, and the streaming part of Gson below `dagsterpipes.shaded.gson`. */
object BridgeJar {

  private val shaded = "dagsterpipes/shaded/gson"

  /** The classes that Gson's JsonReader and JsonWriter need. The other 230 KB are its object mapping, which is never
    * called here. (JsonReader$1 names JsonTreeReader of that mapping, in a method that only the mapping calls: never
    * resolved.)
    */
  private val gsonParts =
    Set("Strictness", "FormattingStyle", "internal/JsonReaderInternalAccess", "internal/TroubleshootingGuide")

  private def isPartOfGsonStream(path: String): Boolean = {
    val name = path.stripPrefix(shaded + "/").stripSuffix(".class").takeWhile(_ != '$')
    name.startsWith("stream/") || gsonParts(name)
  }

  /** @param modules
    *   what goes into the jar, with everything that each of them needs at run time
    */
  def settings(modules: ProjectReference*): Seq[Setting[_]] =
    publishing(ScopeFilter(inProjects(modules: _*), inConfigurations(Compile))) ++
      BridgeModule.settings(modules: _*) ++
      jar(ScopeFilter(inProjects(modules: _*), inConfigurations(Runtime)))

  /** The assembly is the module's only jar, for publishing and for the modules that compile against it. */
  private def publishing(parts: ScopeFilter): Seq[Setting[_]] = Seq(
    Compile / packageBin := assembly.value,
    Compile / exportJars := true,
    // The sources of the jar's classes: the module has none of its own.
    Compile / packageSrc / mappings := (packageSrc / mappings)
      .all(parts)
      .value
      .flatten
      .filter(_._2.endsWith(".java"))
      .sortBy(_._2)
  )

  private def jar(parts: ScopeFilter): Seq[Setting[_]] = Seq(
    assembly / assemblyOutputPath := baseDirectory.value / "target" / s"${name.value}-${version.value}.jar",
    // The module-info first: Gson's jar has one of its own.
    assembly / fullClasspath :=
      Attributed.blank(BridgeModule.moduleInfo.value) +:
        StableOrder.classpath(fullClasspath.all(parts).value.flatten),
    assembly / assemblyOption ~= (_.withIncludeScala(false)),
    assembly / assemblyShadeRules := Seq(
      ShadeRule.rename("com.google.gson.**" -> "dagsterpipes.shaded.gson.@1").inAll
    ),
    assembly / assemblyMergeStrategy := {
      case PathList("META-INF", "services", _*) => MergeStrategy.filterDistinctLines
      // The list in which log4j finds our appender by its name; no other part has such a list.
      case path if path == CheckJar.log4jPlugins                            => MergeStrategy.singleOrError
      case PathList("META-INF", "LICENSE-gson")                             => MergeStrategy.first
      case BridgeModule.path                                                => MergeStrategy.first
      case path if path == CheckJar.troubleshooting                         => MergeStrategy.singleOrError
      case path if path.startsWith(shaded) && isPartOfGsonStream(path)      => MergeStrategy.singleOrError
      case path if path.startsWith(shaded) || path.startsWith("com/google") => MergeStrategy.discard
      case path if path.startsWith("dagsterpipes/")                         => MergeStrategy.singleOrError
      case _ => MergeStrategy.discard // Maven data of Gson and error_prone
    },
    assembly / packageOptions += Package.ManifestAttributes(
      Attributes.Name.IMPLEMENTATION_TITLE   -> name.value,
      Attributes.Name.IMPLEMENTATION_VERSION -> version.value,
      new Attributes.Name("Multi-Release")   -> "true"
    ),
    // The jar as it is published, not only as it is assembled.
    CheckJar.checkJar := CheckJar.check((Compile / packageBin).value, streams.value.log)
  )
}
