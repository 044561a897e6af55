"""Two steps of one cluster in one asset graph: PySpark with its Python in an archive, and Scala."""

import os

import boto3
import dagster as dg

from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkClient, PipesSparkEMRClient, SparkJob

BUCKET = os.environ.get("EMR_EXAMPLE_BUCKET", "team-data")
CODE = f"s3://{BUCKET}/code"

FLIGHTS = SparkJob(
    f"{CODE}/flights.py",
    conf={
        # YARN unpacks it into the folder `environment` of every container, the driver's among them.
        "spark.yarn.dist.archives": f"{CODE}/environment.tar.gz#environment",
        "spark.pyspark.python": "./environment/bin/python",
    },
)
DELAYS = SparkJob(f"{CODE}/migration-jobs.jar", main_class="migration.Downstream")


@dg.asset(kinds={"pyspark", "emr"})
def flights(context: dg.AssetExecutionContext, spark: PipesSparkClient) -> dg.MaterializeResult:
    """The flights as Parquet; its value is the path."""
    output = f"s3://{BUCKET}/tables/flights/{context.run_id}"
    extras = {"flights_csv": f"s3://{BUCKET}/raw/flights.csv", "output_path": output}
    return spark.run(context=context, job=FLIGHTS, extras=extras).get_materialize_result(value_from_metadata="path")


@dg.asset(kinds={"scala", "emr"}, check_specs=[dg.AssetCheckSpec("every_flight_has_origin", asset="delays")])
def delays(context: dg.AssetExecutionContext, flights: str, spark: PipesSparkClient) -> dg.MaterializeResult:
    """Delays by airport, from that Parquet."""
    return spark.run(context=context, job=DELAYS, extras={"path": flights}).get_materialize_result()


defs = dg.Definitions(
    assets=[flights, delays],
    resources={
        "spark": PipesSparkEMRClient(
            client=boto3.client("emr", region_name=os.environ.get("AWS_REGION", "us-east-1")),
            message_reader=PipesJvmS3MessageReader(bucket=BUCKET, key_prefix="pipes", client=boto3.client("s3")),
            cluster_tags={"team": "data"},
        )
    },
    executor=dg.in_process_executor,
)
