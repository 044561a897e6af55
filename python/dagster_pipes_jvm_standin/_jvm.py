"""How a JVM is started that lives for seconds."""

# A Spark job of a test spends most of its processor time on compiling what is then hardly run, and on checking classes
# that a compiler has made: without both its start takes half the time.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"

# The same for Spark's drivers and executors; a job's own `extraJavaOptions` come after it.
SHORT_LIVED_SPARK = {
    "spark.driver.defaultJavaOptions": SHORT_LIVED,
    "spark.executor.defaultJavaOptions": SHORT_LIVED,
}

LOOPBACK = "127.0.0.1"

# The doors of a Spark on one machine. SPARK_LOCAL_IP=127.0.0.1 keeps them on loopback, but not the UI, which is bound
# to all addresses in client mode. Without `spark.authenticate` any user could speak to drivers and executors.
ON_LOOPBACK = {
    "spark.ui.enabled": "false",
    "spark.authenticate": "true",
}
