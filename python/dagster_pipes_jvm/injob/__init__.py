"""What runs inside a job, on Python 3.9: imports `dagster_pipes_jvm.wire`, pyspark and dagster_pipes, nothing else."""
