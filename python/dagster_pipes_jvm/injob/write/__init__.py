"""Inside a Python job: messages on their way to Dagster; the mirror of the JVM's `dagsterpipes.write`.

Everything here runs on the cluster's Python (3.9 on EMR 7) and needs only `dagster-pipes`; `s3.py` needs boto3 as well.
"""
