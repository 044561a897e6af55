import sbt._

/** Every version this build uses, with the reason where it is not simply the newest. */
object Versions {
  val scala212 = "2.12.20"
  val scala213 = "2.13.18"
  val scala3   = "3.3.7" // the LTS line: its class files work with every later Scala 3

  val gson  = "2.13.2"
  val munit = "1.2.1"

  /** Property-based tests; its ScalaCheck is the newest. */
  val munitScalacheck = "1.2.0"

  /** The compilers of the examples in other JVM languages. */
  val languages: Seq[ModuleID] = Seq(
    "org.jetbrains.kotlin" % "kotlin-compiler-embeddable" % "2.4.21" % Test,
    "org.apache.groovy"    % "groovy"                     % "5.0.8"  % Test,
    "org.clojure"          % "clojure"                    % "1.12.3" % Test
  )

  /** Reads what classes import, for the floors. */
  val archunit = "1.4.1"

  /** The older of the two Spark lines that are tested: what links against it runs on 4.x too (facts: Spark). */
  val spark35 = "3.5.9"

  private val aws = "2.35.4"

  /** The smallest set that speaks S3: the JDK's own HTTP client in place of netty and Apache (8.4 MB, 32 jars). */
  def awsSdk(scope: Configuration): Seq[ModuleID] = Seq(
    ("software.amazon.awssdk" % "s3" % aws % scope)
      .exclude("software.amazon.awssdk", "netty-nio-client")
      .exclude("software.amazon.awssdk", "apache-client"),
    "software.amazon.awssdk" % "url-connection-client" % aws % scope
  )

  /** S3A as Spark 3.5's Hadoop has it, without the 280 MB SDK bundle (6.7 MB); S3A links against DynamoDB's module. */
  def s3a(scope: Configuration): Seq[ModuleID] = Seq(
    ("org.apache.hadoop" % "hadoop-aws"            % "3.3.4"    % scope).intransitive(),
    "com.amazonaws"      % "aws-java-sdk-s3"       % "1.12.262" % scope,
    "com.amazonaws"      % "aws-java-sdk-dynamodb" % "1.12.262" % scope
  )

  /** A real HDFS of one node for the suites, beside Spark 3.5's own Hadoop jars; it links against JUnit. */
  def miniDfs(scope: Configuration): Seq[ModuleID] = Seq(
    ("org.apache.hadoop" % "hadoop-client-minicluster" % "3.3.4"  % scope).intransitive(),
    "junit"              % "junit"                     % "4.13.2" % scope
  )

  val jmh: Seq[ModuleID] = Seq("jmh-core", "jmh-generator-annprocess").map("org.openjdk.jmh" % _ % "1.37")

  /** The versions of Spark that the bridge jar is linked against. They are the oldest Spark 3 that README names, the
    * last Spark 3, and the first and the newest Spark 4 of Maven Central.
    */
  val platforms: Seq[(String, Seq[ModuleID])] = Seq(
    platform("3.3.0", "2.12.15", hadoop = "3.3.2", log4j = "2.17.2", slf4j = "1.7.32"),
    platform(spark35, "2.13.8", hadoop = "3.3.4", log4j = "2.20.0", slf4j = "2.0.7", since35: _*),
    platform("4.0.0", "2.13.16", hadoop = "3.4.1", log4j = "2.24.3", slf4j = "2.0.16", since35: _*),
    platform("4.2.0", "2.13.18", hadoop = "3.5.0", log4j = "2.25.4", slf4j = "2.0.17", since35: _*)
  )

  private lazy val since35 = Seq("spark-sql-api", "spark-common-utils")

  private def platform(
      spark: String,
      scala: String,
      hadoop: String,
      log4j: String,
      slf4j: String,
      more: String*
  ) = {
    val binary = scala.split('.').take(2).mkString(".")
    val sparks = Seq("spark-core", "spark-sql", "spark-catalyst") ++ more
    s"Spark $spark (Scala $binary, Hadoop $hadoop)" -> (sparks
      .map(part => "org.apache.spark" % s"${part}_$binary" % spark) ++
      Seq(
        "org.scala-lang"           % "scala-library"     % scala,
        "org.apache.hadoop"        % "hadoop-client-api" % hadoop,
        "org.apache.logging.log4j" % "log4j-api"         % log4j,
        "org.apache.logging.log4j" % "log4j-core"        % log4j,
        "org.slf4j"                % "slf4j-api"         % slf4j
      ))
  }

  /** Spark 3.5 on JDK 17 reaches into these; spark-submit passes them itself, a suite has to. */
  val sparkOpens: Seq[String] = Seq(
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.security.action",
    "java.base/sun.util.calendar"
  ).map(p => s"--add-opens=$p=ALL-UNNAMED")
}
