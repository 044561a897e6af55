"""The platform of the jobs: this machine, or EMR if `BUCKET` is set. The assets are the same."""

import os
from pathlib import Path

import boto3
from dagster_pipes_jvm import (
    PipesJvmS3MessageReader,
    PipesSparkClient,
    PipesSparkEMRClient,
    PipesSparkSubmitClient,
    SparkJob,
    emr_job_flow,
)

PROJECT = Path(__file__).parents[2]
BUCKET = os.environ.get("BUCKET")


def place(path: str) -> str:
    """A file of the project: in the bucket, or in this folder."""
    return f"s3://{BUCKET}/{path}" if BUCKET else str(PROJECT / path)


__JOBS__


def spark_client() -> PipesSparkClient:
    """The launcher. On EMR each run gets a new cluster; `cluster_id=` or `cluster_tags=` names one that exists."""
    if BUCKET is None:
        return PipesSparkSubmitClient("local[*]")
    s3 = boto3.client("s3")
    return PipesSparkEMRClient(
        job_flow=emr_job_flow("__NAME__", log_uri=f"s3://{BUCKET}/logs/"),
        message_reader=PipesJvmS3MessageReader(bucket=BUCKET, key_prefix="pipes", client=s3),
    )
