import java.io.DataInputStream
import java.util.zip.ZipFile

import scala.collection.JavaConverters._

import sbt._

/** Looks at the finished bridge jar, as a job will get it: only our packages, old enough class files, small enough. */
object CheckJar {
  val checkJar = taskKey[Unit]("Fails when the bridge jar holds what a job's class path must not get")

  private val maxBytes = 550 * 1000
  val log4jPlugins     = "META-INF/org/apache/logging/log4j/core/config/plugins/Log4j2Plugins.dat"
  private val java8    = 52

  /** The page that error messages link to. */
  val troubleshooting = "META-INF/TROUBLESHOOTING.md"

  def check(jar: File, log: Logger): Unit = {
    val faults = problems(jar)
    faults.foreach(f => log.error(s"${jar.name}: $f"))
    if (faults.nonEmpty)
      throw new MessageOnlyException(s"${jar.name} is not fit to ship: ${faults.size} problem(s) above")
    log.info(s"${jar.name}: ${jar.length} bytes, only dagsterpipes/ and META-INF/, Java 8 class files")
  }

  def problems(jar: File): Seq[String] = {
    val zip = new ZipFile(jar)
    try {
      val files     = zip.entries.asScala.filterNot(_.isDirectory).toList
      val names     = files.map(_.getName)
      val strangers = names.filterNot(n => n.startsWith("dagsterpipes/") || n.startsWith("META-INF/"))
      val metaInf   = names.filter(_.startsWith("META-INF/")).filterNot(allowedMetaInf)
      // JDK 8 does not look for classes in META-INF.
      val tooNew =
        files.filter(f => f.getName.endsWith(".class") && f.getName != BridgeModule.path).flatMap { entry =>
          val in = new DataInputStream(zip.getInputStream(entry))
          try {
            in.readInt()           // 0xCAFEBABE
            in.readUnsignedShort() // minor
            val major = in.readUnsignedShort()
            if (major > java8)
              Some(s"${entry.getName} needs a newer Java than 8 (class file version $major, at most $java8)")
            else None
          } finally in.close()
        }
      val missing =
        Seq(
          "META-INF/LICENSE-gson",
          troubleshooting,
          "dagsterpipes/version.properties",
          "dagsterpipes/Pipes.class",
          "dagsterpipes/instrument/PipesMain.class",
          "dagsterpipes/instrument/PipesPlugin.class",
          log4jPlugins,
          BridgeModule.path
        )
          .filterNot(names.contains)
          .map(n => s"$n is missing")
      val size =
        if (jar.length > maxBytes) Seq(s"${jar.length} bytes, more than the limit of $maxBytes")
        else Nil
      strangers.map(n => s"$n is outside dagsterpipes/ and META-INF/") ++
        metaInf.map(n => s"$n has no business in META-INF/") ++ tooNew ++ missing ++ size
    } finally zip.close()
  }

  private def allowedMetaInf(name: String): Boolean =
    name == "META-INF/MANIFEST.MF" || name == log4jPlugins || name == troubleshooting || name == BridgeModule.path || name
      .startsWith(
        "META-INF/services/dagsterpipes."
      ) || name.startsWith(
      "META-INF/LICENSE"
    )
}
