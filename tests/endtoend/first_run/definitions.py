"""The assets of a newcomer: one that succeeds, and those with the mistakes of a first run."""

import os

import boto3
import dagster as dg

from dagster_pipes_jvm import (
    PipesJvmS3MessageReader,
    PipesSparkClient,
    PipesSparkEMRClient,
    PipesSparkSubmitClient,
    SparkJob,
    bridge_jar,
)

BUCKET = os.environ["FIRST_RUN_BUCKET"]
JAR = os.environ["FIRST_RUN_JAR"]
GOOD = SparkJob(JAR, main_class="Step", args=["ok"])
WITHOUT_CLASS = SparkJob(JAR, main_class="acme.Stpe")


def asset(name: str, client: PipesSparkClient, job: SparkJob = GOOD) -> dg.AssetsDefinition:
    @dg.asset(name=name)
    def made(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        return client.run(context=context, job=job).get_materialize_result()

    return made


def reader(**keys: str) -> PipesJvmS3MessageReader:
    return PipesJvmS3MessageReader(bucket=BUCKET, key_prefix="pipes", client=boto3.client("s3", **keys))


local = PipesSparkSubmitClient("local[1]")
wrong_key = reader(aws_access_key_id="AKIAWRONG", aws_secret_access_key="wrong")
emr = PipesSparkEMRClient(
    cluster_name="first-run",
    message_reader=reader(),
    bridge_jar_uri=bridge_jar().as_uri(),
    poll_interval_seconds=0.2,
)

defs = dg.Definitions(
    assets=[
        asset("success", local),
        asset("no_class", local, WITHOUT_CLASS),
        asset("no_class_on_emr", emr, WITHOUT_CLASS),
        asset("refused_bucket", PipesSparkSubmitClient("local[1]", message_reader=wrong_key)),
    ]
)
without_pyspark = dg.Definitions(assets=[asset("no_spark", local)])
