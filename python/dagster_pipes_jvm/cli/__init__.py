"""The command line, `dagster-pipes-jvm`: one command a file."""
