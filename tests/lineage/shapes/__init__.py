"""Hard shapes of queries and writes, each with the direct dependencies that a reader of docs/zero-code.md expects.

The application of the scoreboard imports these modules in the Python of each Spark, so they import only pyspark there.
"""
