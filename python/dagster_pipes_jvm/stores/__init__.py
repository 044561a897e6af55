"""Named bytes as Dagster's side uses them: a bucket of S3, a place in a file system."""
