"""The grammar of spark-submit, and what it needs on the machine that runs it. Knows no platform."""
