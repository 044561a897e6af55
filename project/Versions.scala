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
