"""Reading what a job writes: every file here has its partner in the JVM's `write/` package."""
