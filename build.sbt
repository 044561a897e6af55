// dagster-pipes-jvm: what a Spark job or any JVM program needs to report to Dagster.
//
// The modules jvm/core, jvm/s3, jvm/spark and jvm/instrument are Java 8 class files. They become ONE jar (jvm/bridge)
// for every Spark 3.3+ and 4.x, with any Scala. jvm/scaladsl is the Scala facade that lives in the application's own
// jar.

ThisBuild / version := "0.1.0" // python/dagster_pipes_jvm/_version.py says the same; a test compares them
ThisBuild / organization := "io.github.dagster-pipes-jvm"
ThisBuild / scalaVersion := Versions.scala213

name           := "dagster-pipes-jvm-build"
publish / skip := true

/** Java modules: no Scala in the class files or on the compile class path; their munit suites are Scala. */
def javaModule(scala: String) = Seq(
  scalaVersion       := scala,
  crossScalaVersions := Seq(scala),
  crossPaths         := false,
  autoScalaLibrary   := false,
  publish / skip     := true,
  // -options: JDK 20+ warns that release 8 will go away one day; EMR and Spark 3 still run on it.
  Compile / compile / javacOptions ++= Seq(
    "--release",
    "8",
    "-Xlint:all,-options,-serial,-processing",
    "-Werror",
    // Links, HTML and tags of comments; that public members have one is CheckDocs' matter.
    "-Xdoclint:all,-missing",
    "-encoding",
    "UTF-8"
  ),
  // No times: two builds give the same bytes.
  Compile / doc / javacOptions ++= Seq("-Xdoclint:all,-missing", "-encoding", "UTF-8", "-notimestamp")
) ++ CheckDocs.settings

/** Suites run in a JVM of their own: they replace System.out and set system properties. */
val suites = Seq(
  libraryDependencies += "org.scalameta" %% "munit" % Versions.munit % Test,
  // The suites' own Scala library, not the older one that munit asks for.
  libraryDependencies ++= (if (autoScalaLibrary.value) Nil
                           else Seq("org.scala-lang" % "scala-library" % scalaVersion.value % Test)),
  Test / fork                        := true,
  Test / envVars += "SPARK_LOCAL_IP" -> "127.0.0.1", // a Spark of the tests listens on loopback only
  Test / baseDirectory               := (ThisBuild / baseDirectory).value,
  Test / javaOptions ++= Seq(
    "-Xmx1g",
    s"-Dproject.root=${(ThisBuild / baseDirectory).value}"
  ) ++ Versions.sparkOpens
)

/** The suite that every store must pass, and the S3 emulator. The modules jvm/core, jvm/s3 and jvm/spark compile
  * them, each with its own Scala.
  */
val sharedSuites =
  Test / unmanagedSourceDirectories += (ThisBuild / baseDirectory).value / "jvm/core/src/test/shared"

lazy val core = project
  .in(file("jvm/core"))
  .settings(javaModule(Versions.scala213), suites)
  .settings(
    name                                         := "dagster-pipes-core",
    libraryDependencies += "com.google.code.gson" % "gson"             % Versions.gson,
    libraryDependencies += "org.scalameta"       %% "munit-scalacheck" % Versions.munitScalacheck % Test,
    Compile / resourceGenerators += Resources.version.taskValue,
    Compile / resourceGenerators += Resources.troubleshooting.taskValue,
    sharedSuites
  )

lazy val s3 = project
  .in(file("jvm/s3"))
  .dependsOn(core % "compile->compile;test->test")
  .settings(javaModule(Versions.scala213), suites)
  .settings(
    name := "dagster-pipes-s3",
    // Provided: jobs bring their SDK or none; touched only when its way is taken.
    libraryDependencies ++= Versions.awsSdk(Provided)
  )

lazy val spark = project
  .in(file("jvm/spark"))
  .dependsOn(core)
  .settings(javaModule(Versions.scala212), suites)
  .settings(
    name := "dagster-pipes-spark",
    // Linked against the oldest Scala that we serve, without any signature that holds a Scala type: facts in docs.
    libraryDependencies += "org.apache.spark" % "spark-sql_2.12" % Versions.spark35 % Provided,
    libraryDependencies ++= Versions.s3a(Test),
    libraryDependencies ++= Versions.miniDfs(Test),
    // Lists our log4j2 appender for log4j; named, because newer JDKs run no processor unasked.
    Compile / compile / javacOptions ++=
      Seq("-processor", "org.apache.logging.log4j.core.config.plugins.processor.PluginProcessor"),
    sharedSuites
  )

// Zero code: reports what it sees of an unmodified application.
lazy val instrument = project
  .in(file("jvm/instrument"))
  .dependsOn(spark % "compile->compile;test->test")
  .settings(javaModule(Versions.scala212), suites)
  .settings(
    name                                     := "dagster-pipes-instrument",
    libraryDependencies += "org.apache.spark" % "spark-sql_2.12" % Versions.spark35 % Provided
  )

// Holds the other modules instead of depending on them: who depends on it needs, and finds, nothing else.
lazy val bridge = project
  .in(file("jvm/bridge"))
  .settings(javaModule(Versions.scala213))
  .settings(
    name := "dagster-pipes-jvm",
    description := "Reports from Spark jobs and other JVM programs to Dagster, over Dagster Pipes: one jar without dependencies"
  )
  .settings(BridgeJar.settings(core, s3, spark, instrument), CheckLinks.settings(s3))
  .settings(Publishing.bridge(core, s3, spark, instrument), CheckPom.settings(Nil), WheelRepository.settings)

lazy val scaladsl = project
  .in(file("jvm/scaladsl"))
  .dependsOn(bridge % Provided)
  .settings(suites, CheckPom.settings(Seq("dagster-pipes-jvm")), CheckDocs.settings, WheelRepository.settings)
  .settings(Publishing.settings)
  .settings(
    name := "dagster-pipes-scala",
    description := "The Scala facade of dagster-pipes-jvm: reports from Scala programs to Dagster, over Dagster Pipes",
    // Scala's own jars are automatic modules, too, so that a declaration would not help `jlink`.
    Compile / packageBin / packageOptions +=
      Package.ManifestAttributes("Automatic-Module-Name" -> "dagsterpipes.scaladsl"),
    CheckPom.checkModule("dagsterpipes.scaladsl"),
    crossScalaVersions := Seq(Versions.scala213, Versions.scala212, Versions.scala3),
    scalacOptions ++= Seq("-deprecation", "-feature", "-unchecked", "-release:8"),
    libraryDependencies +=
      ("org.apache.spark" %% "spark-sql" % Versions.spark35 % Provided).cross(CrossVersion.for3Use2_13)
  )

// No code of its own: what the modules may import of each other, checked in their class files.
lazy val floors = project
  .in(file("jvm/floors"))
  .settings(suites)
  .settings(
    publish / skip                               := true,
    libraryDependencies += "com.tngtech.archunit" % "archunit" % Versions.archunit % Test,
    Floors.settings(core, s3, spark, instrument, scaladsl)
  )

// No code of its own: compiles and runs the examples in other JVM languages, with the bridge jar.
lazy val languages = project
  .in(file("jvm/languages"))
  .dependsOn(bridge % Test)
  .settings(suites)
  .settings(
    publish / skip := true,
    libraryDependencies ++= Versions.languages
  )

lazy val conformance = project
  .in(file("jvm/conformance"))
  .dependsOn(core % Provided)
  .settings(javaModule(Versions.scala213))
  .settings(
    name := "dagster-pipes-conformance",
    libraryDependencies ++= Versions.awsSdk(Runtime),
    libraryDependencies += "com.google.code.gson" % "gson" % Versions.gson, // to read its own flags' files
    Compile / mainClass                          := Some("dagsterpipes.conformance.Main")
  )
  .settings(Classpath.settings(bridge))

// The JVM part of `make bench`: JMH's benchmarks of one message, and small programs.
lazy val bench = project
  .in(file("jvm/bench"))
  .dependsOn(core % Provided)
  .settings(javaModule(Versions.scala213))
  .settings(
    name := "dagster-pipes-bench",
    libraryDependencies ++= Versions.jmh ++ Versions.awsSdk(Compile) :+
      "org.apache.spark" % "spark-sql_2.12" % Versions.spark35 % Provided,
    Compile / compile / javacOptions ++= Seq("-processor", "org.openjdk.jmh.generators.BenchmarkProcessor"),
    // The processor warns if files exist that it generated before.
    Compile / compile / javacOptions -= "-Werror"
  )
  .settings(Classpath.settings(bridge))

lazy val migrationJobs = project
  .in(file("examples/migration/jobs"))
  .dependsOn(scaladsl, bridge % Provided)
  .settings(
    name               := "migration-jobs",
    publish / skip     := true,
    crossScalaVersions := Seq(Versions.scala213, Versions.scala212),
    scalacOptions ++= Seq("-deprecation", "-feature", "-unchecked", "-release:8"),
    libraryDependencies += "org.apache.spark" %% "spark-sql" % Versions.spark35 % Provided,
    // Examples of one file, without a build of their own.
    Compile / unmanagedSources ++= Seq(
      "orders/Orders.scala",
      "executors/Parse.scala",
      "stream/Sales.scala",
      "dataframes/Described.scala"
    )
      .map((ThisBuild / baseDirectory).value / "examples" / _),
    // A name without a version: definitions.py, Makefile and tests name the file.
    assembly / assemblyOutputPath := baseDirectory.value / "target" / s"migration-jobs_${scalaBinaryVersion.value}.jar",
    assembly / assemblyOption ~= (_.withIncludeScala(false)) // Spark has it
  )

// An application that is built against Spark only. `SparkJob(instrument=True)` runs it.
lazy val zeroCodeJob = project
  .in(file("examples/zero_code"))
  .settings(
    name               := "zero-code",
    publish / skip     := true,
    crossScalaVersions := Seq(Versions.scala213, Versions.scala212),
    scalacOptions ++= Seq("-deprecation", "-feature", "-unchecked", "-release:8"),
    libraryDependencies += "org.apache.spark" %% "spark-sql" % Versions.spark35 % Provided,
    // A name without a version, as above.
    Compile / packageBin / artifactPath := baseDirectory.value / "target" / s"zero-code_${scalaBinaryVersion.value}.jar"
  )

addCommandAlias(
  "lint",
  "scalafmtCheckAll; scalafmtSbtCheck; javafmtCheckAll;" +
    " core/checkDocs; s3/checkDocs; spark/checkDocs; instrument/checkDocs; scaladsl/checkDocs"
)
addCommandAlias("fmt", "scalafmtAll; scalafmtSbt; javafmtAll")
// The JVM part of `make check`: no test that starts a process or a Spark.
addCommandAlias(
  "check",
  "core/testOnly -- --exclude-tags=Process; s3/testOnly -- --exclude-tags=Process;" +
    " floors/testOnly -- --exclude-tags=Process; scaladsl/testOnly -- --exclude-tags=Process; conformance/compile"
)
addCommandAlias(
  "testAll",
  "core/test; s3/test; spark/test; instrument/test; bridge/checkJar; bridge/checkLinks; bridge/checkPom; floors/test; languages/test; conformance/compile; bench/compile; +scaladsl/test;" +
    " +scaladsl/checkPom; +migrationJobs/compile; +zeroCodeJob/compile"
)
addCommandAlias(
  "jars",
  "bridge/assembly; bridge/checkJar; conformance/writeClasspath; +migrationJobs/assembly; +zeroCodeJob/package"
)
addCommandAlias("mavenRepository", "bridge/mavenRepository; +scaladsl/mavenRepository")
// The zip for Maven Central's portal, in target/sona-bundle. `make publish-maven` signs the same files.
addCommandAlias("stage", "bridge/publish; +scaladsl/publish")
addCommandAlias("stageSigned", "bridge/publishSigned; +scaladsl/publishSigned")
// The public API beside those of `Publishing.previousVersions`.
addCommandAlias("compatible", "bridge/mimaReportBinaryIssues; +scaladsl/mimaReportBinaryIssues")
