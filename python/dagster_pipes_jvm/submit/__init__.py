"""The grammar of spark-submit, and the needs of the machine that runs it."""
