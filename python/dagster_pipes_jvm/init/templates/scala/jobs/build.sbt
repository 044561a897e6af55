// The jobs: one jar, which Dagster's side hands to spark-submit. `./sbt test assembly` tests and builds it.
ThisBuild / scalaVersion := "__SCALA__"

lazy val jobs = project
  .in(file("."))
  .settings(
    name := "jobs",
    // The folder `repository` holds what `dagster-pipes-jvm init` has put there.
    resolvers += "dagster-pipes-jvm" at (baseDirectory.value / "repository").toURI.toString,
    libraryDependencies ++= Seq(
      "io.github.dagster-pipes-jvm" %% "dagster-pipes-scala" % "__VERSION__",
      "io.github.dagster-pipes-jvm" % "dagster-pipes-jvm"    % "__VERSION__" % Provided, // Dagster's side attaches it
      "org.apache.spark"           %% "spark-sql"            % "__SPARK__"   % Provided, // the cluster has it
      "org.scalameta"              %% "munit"                % "1.2.1"     % Test
    ),
    scalacOptions ++= Seq("-deprecation", "-feature", "-release:8"),
    assembly / assemblyOutputPath := baseDirectory.value / "target" / "jobs.jar",
    assembly / assemblyOption ~= (_.withIncludeScala(false)), // Spark has it
    // Spark needs these on JDK 17; spark-submit passes them by itself.
    Test / fork := true,
    Test / javaOptions ++= Seq("java.lang", "java.lang.invoke", "java.net", "java.nio", "java.util", "sun.nio.ch")
      .map(name => s"--add-opens=java.base/$name=ALL-UNNAMED"),
    Test / envVars += "SPARK_LOCAL_IP" -> "127.0.0.1"
  )
