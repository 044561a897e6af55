"""From Spark step launchers to Pipes: an upstream job writes Parquet, a downstream job reads it, in Scala and in PySpark.

The path travels as the upstream asset's value, which Dagster's IO manager stores, or (the last asset) as metadata.
"""

import os
from typing import Any

import boto3
import dagster as dg

from dagster_pipes_jvm import (
    PipesJvmS3MessageReader,
    PipesSparkClient,
    PipesSparkEMRClient,
    SparkJob,
    emr_job_flow,
    latest_metadata_value,
)

BUCKET = os.environ.get("MIGRATION_BUCKET", "migration")
FLIGHTS_CSV = f"s3://{BUCKET}/raw/flights.csv"
JAR = f"s3://{BUCKET}/code/migration-jobs.jar"

PYSPARK_UPSTREAM = SparkJob(f"s3://{BUCKET}/code/upstream.py")
PYSPARK_DOWNSTREAM = SparkJob(f"s3://{BUCKET}/code/downstream.py")
SCALA_UPSTREAM = SparkJob(JAR, main_class="migration.Upstream")
SCALA_DOWNSTREAM = SparkJob(JAR, main_class="migration.Downstream")

GROUP = "migration"


def origin_check(asset: str) -> dg.AssetCheckSpec:
    """The check that both downstream jobs report; what a job reports is declared here."""
    return dg.AssetCheckSpec("every_flight_has_origin", asset=asset)


def upstream_extras(context: dg.AssetExecutionContext) -> dict[str, str]:
    """Where the job reads, and a path of its own for every run to write to."""
    output = f"s3://{BUCKET}/tables/{context.asset_key.to_user_string()}/{context.run_id}"
    return {"flights_csv": FLIGHTS_CSV, "output_path": output}


@dg.asset(group_name=GROUP, kinds={"pyspark"})
def flights_by_pyspark(context: dg.AssetExecutionContext, spark: PipesSparkClient) -> dg.MaterializeResult:
    """The flights of 2013 as Parquet; its value is the path, for the IO manager to store."""
    return spark.run(context=context, job=PYSPARK_UPSTREAM, extras=upstream_extras(context)).get_materialize_result(
        value_from_metadata="path"
    )


@dg.asset(group_name=GROUP, kinds={"scala", "spark"}, check_specs=[origin_check("delays_by_scala")])
def delays_by_scala(
    context: dg.AssetExecutionContext, flights_by_pyspark: str, spark: PipesSparkClient
) -> dg.MaterializeResult:
    """Delays by airport, from the Parquet that the PySpark job wrote."""
    return spark.run(
        context=context, job=SCALA_DOWNSTREAM, extras={"path": flights_by_pyspark}
    ).get_materialize_result()


@dg.asset(group_name=GROUP, kinds={"scala", "spark"})
def flights_by_scala(context: dg.AssetExecutionContext, spark_on_new_cluster: PipesSparkClient) -> dg.MaterializeResult:
    """The same Parquet, written by the Scala job."""
    return spark_on_new_cluster.run(
        context=context, job=SCALA_UPSTREAM, extras=upstream_extras(context)
    ).get_materialize_result(value_from_metadata="path")


@dg.asset(group_name=GROUP, kinds={"pyspark"}, check_specs=[origin_check("delays_by_pyspark")])
def delays_by_pyspark(
    context: dg.AssetExecutionContext, flights_by_scala: str, spark_on_new_cluster: PipesSparkClient
) -> dg.MaterializeResult:
    """Delays by airport, from the Parquet that the Scala job wrote."""
    return spark_on_new_cluster.run(
        context=context, job=PYSPARK_DOWNSTREAM, extras={"path": flights_by_scala}
    ).get_materialize_result()


@dg.asset(
    group_name=GROUP,
    kinds={"scala", "spark"},
    deps=[flights_by_pyspark],
    check_specs=[origin_check("delays_without_io_manager")],
)
def delays_without_io_manager(context: dg.AssetExecutionContext, spark: PipesSparkClient) -> dg.MaterializeResult:
    """Delays by airport once more; the path comes from the upstream asset's metadata, so no IO manager is needed."""
    path = latest_metadata_value(context, "flights_by_pyspark", "path")
    return spark.run(context=context, job=SCALA_DOWNSTREAM, extras={"path": path}).get_materialize_result()


def spark_on_emr(**where: Any) -> PipesSparkEMRClient:
    """EMR, wherever the environment's credentials and `AWS_ENDPOINT_URL` say."""
    region = os.environ.get("AWS_REGION", "us-east-1")
    return PipesSparkEMRClient(
        client=boto3.client("emr", region_name=region),
        message_reader=PipesJvmS3MessageReader(
            bucket=BUCKET, key_prefix="pipes", client=boto3.client("s3", region_name=region)
        ),
        conf={"spark.driver.memory": "1g", "spark.ui.enabled": False},
        poll_interval_seconds=float(os.environ.get("MIGRATION_POLL_SECONDS", "10")),
        **where,
    )


defs = dg.Definitions(
    assets=[
        flights_by_pyspark,
        delays_by_scala,
        flights_by_scala,
        delays_by_pyspark,
        delays_without_io_manager,
    ],
    resources={
        "spark": spark_on_emr(cluster_name="migration"),
        "spark_on_new_cluster": spark_on_emr(
            job_flow=emr_job_flow("migration for one step", log_uri=f"s3://{BUCKET}/logs/")
        ),
    },
    # Two cores are enough for two Spark drivers at once.
    executor=dg.multiprocess_executor.configured({"max_concurrent": 2}),
)
