"""How a JVM is started that lives for seconds."""

# A Spark job of a test spends most of its processor time on compiling what is then hardly run, and on checking classes
# that a compiler has made: without both its start takes half the time.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"

# The same for Spark's drivers and executors; a job's own `extraJavaOptions` come after it.
SHORT_LIVED_SPARK = {
    "spark.driver.defaultJavaOptions": SHORT_LIVED,
    "spark.executor.defaultJavaOptions": SHORT_LIVED,
}
