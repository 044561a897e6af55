import sbt._
import sbt.Keys._
import sbt.librarymanagement.{UnresolvedWarningConfiguration, UpdateConfiguration}

/** Links the finished bridge jar, name by name, against the JDK, Spark, Hadoop and AWS SDK that it says it runs with.
  *
  * One jar is compiled once, against one Spark; this finds the class, method or field that another one does not have,
  * before a job does (NoSuchMethodError). What is reached by reflection is not seen here.
  */
object CheckLinks {
  val checkLinks =
    taskKey[Unit]("Fails when the bridge jar names what a JDK, Spark, Hadoop or AWS SDK does not have")

  /** Whoever runs on Java 8 finds no other JDK class than these. */
  private val javaRelease = 8

  /** JsonReader$1 names it in a method that only Gson's object mapping calls, which is not in the jar (BridgeJar). */
  private val neverResolved = Set("dagsterpipes/shaded/gson/internal/bind/JsonTreeReader")

  /** Java's signature-polymorphic methods are declared with one descriptor and called with any. */
  private val polymorphic = Set("java/lang/invoke/MethodHandle", "java/lang/invoke/VarHandle")

  /** @param provided
    *   the modules whose Provided libraries, the AWS SDK, every Spark job may bring
    */
  def settings(provided: ProjectReference*): Seq[Setting[_]] = Seq(
    checkLinks := {
      val log     = streams.value.log
      val jar     = (Compile / packageBin).value
      val resolve = resolver.value
      val awsSdk =
        (Compile / externalDependencyClasspath).all(ScopeFilter(inProjects(provided: _*))).value.flatten
      val jdk = ClassFiles.ofJdk(javaRelease)
      val platforms =
        Versions.platforms.map { case (name, modules) => name -> resolve(name, modules) } ++
          installedSpark((ThisBuild / baseDirectory).value)
      val faults =
        try
          platforms.flatMap { case (name, jars) =>
            problems(jar, jdk, awsSdk.map(_.data) ++ jars).map(_ -> name)
          }
        finally jdk.close()
      // One line a fault, with all the platforms that lack it.
      faults.groupBy(_._1).toSeq.sortBy(_._1).foreach { case (fault, where) =>
        log.error(s"${jar.name}: $fault, which is not in ${where.map(_._2).mkString(", ")}")
      }
      if (faults.nonEmpty) throw new MessageOnlyException(s"${jar.name} does not link everywhere, see above")
      log.info(s"${jar.name} links on Java $javaRelease with ${platforms.map(_._1).mkString(", ")}")
    }
  )

  /** Only these jars, without what they depend on; fetched when the check runs, since nothing else needs them. */
  private val resolver = Def.task {
    val log        = streams.value.log
    val resolution = dependencyResolution.value
    (name: String, modules: Seq[ModuleID]) => {
      val asked = resolution.moduleDescriptor(
        "io.github.dagster-pipes-jvm" % "links" % name.replace(' ', '-'),
        modules.map(_.intransitive()).toVector,
        None
      )
      val report =
        resolution.update(asked, UpdateConfiguration(), UnresolvedWarningConfiguration(), log) match {
          case Right(found)  => found
          case Left(warning) => throw warning.resolveException
        }
      val jars = report.allFiles.distinct
      if (jars.size != modules.size)
        throw new MessageOnlyException(
          s"$name: asked for ${modules.size} jars, got ${jars.map(_.name).mkString(", ")}"
        )
      jars
    }
  }

  /** The Spark that the end-to-end tests run with, which can be newer than any on Maven Central. */
  private def installedSpark(root: File): Seq[(String, Seq[File])] =
    (root / ".venv" / "lib" * "python3*" / "site-packages" / "pyspark" / "jars").get.map { folder =>
      "the pyspark of .venv" -> (folder * "*.jar").get
    }

  private def problems(jar: File, jdk: ClassFiles, platform: Seq[File]): Seq[String] = {
    val ours   = ClassFiles.ofJars(Seq(jar), withPrivate = true)
    val theirs = ClassFiles.ofJars(platform)
    val linker = new Linker(name => ours.find(name) orElse jdk.find(name) orElse theirs.find(name))
    try
      for {
        name      <- ours.names.toSeq.sorted
        reference <- ours.references(name).toSeq.sortBy(_.toString)
        if !neverResolved(reference.owner)
        if !linker.resolves(reference)
      } yield s"${name.replace('/', '.')} needs $reference"
    finally {
      ours.close()
      theirs.close()
    }
  }

  private final class Linker(find: String => Option[LinkedClass]) {
    def resolves(reference: Link): Boolean = reference match {
      case LinkedClassName(name) => find(element(name)).isDefined || isPrimitive(element(name))
      // An array has Object's methods.
      case LinkedMember(owner, _, _, _) if owner.startsWith("[") => resolves(LinkedClassName(owner))
      case LinkedMember(owner, _, _, _) if polymorphic(owner)    => true
      case LinkedMember(owner, name, descriptor, kind) =>
        find(owner).exists { declared =>
          val isOfKind =
            kind == ClassFiles.fieldKind || declared.isInterface == (kind == ClassFiles.interfaceMethodKind)
          isOfKind && has(owner, name + descriptor, kind, isConstructor = name == "<init>")
        }
    }

    private def has(owner: String, member: String, kind: Int, isConstructor: Boolean): Boolean =
      find(owner).exists { declared =>
        val members = if (kind == ClassFiles.fieldKind) declared.fields else declared.methods
        members(member) || (!isConstructor && declared.parents.exists(has(_, member, kind, isConstructor))) ||
        // An interface has Object's methods, too.
        (declared.isInterface && find("java/lang/Object").exists(_.methods(member)))
      }

    private def element(name: String): String =
      if (name.startsWith("[")) name.dropWhile(_ == '[').stripPrefix("L").stripSuffix(";") else name

    private def isPrimitive(name: String): Boolean = name.length == 1
  }
}
