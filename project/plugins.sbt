// One jar of several modules, with Gson moved under our package.
addSbtPlugin("com.eed3si9n"  % "sbt-assembly" % "2.3.1")
addSbtPlugin("org.scalameta" % "sbt-scalafmt" % "2.5.6")
// google-java-format for the Java modules; needs the --add-exports of .jvmopts on JDK 16+.
addSbtPlugin("com.github.sbt" % "sbt-java-formatter" % "0.10.0")
// Reads class files, for CheckLinks; the version that sbt-assembly brings.
libraryDependencies += "org.ow2.asm" % "asm" % "9.6"
// Signatures of the bundle for Maven Central: `publishSigned`. sbt itself has the rest: `localStaging`, `sonaBundle`.
addSbtPlugin("com.github.sbt" % "sbt-pgp" % "2.3.1")
// Compares the public API with the releases before.
addSbtPlugin("com.typesafe" % "sbt-mima-plugin" % "1.1.4")
