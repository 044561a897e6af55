"""How a JVM is started that lives for seconds."""

# A Spark job of a test spends most of its processor time on compiling what is then hardly run, and on checking classes
# that a compiler has made: without both its start takes half the time.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
