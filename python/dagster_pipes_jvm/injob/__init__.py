"""The code that runs inside a job, on Python 3.9. It imports `wire`, pyspark and dagster_pipes, nothing else."""
