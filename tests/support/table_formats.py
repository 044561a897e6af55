"""Delta and Iceberg on Spark 3.5, which no test machine has: their jars, and a session with both."""

from pathlib import Path

from dagster_pipes_jvm.submit.maven import Dependency, resolve_jars


def jars(spark_home: Path) -> list[str]:
    """The jars of both; the first call of a machine fetches 60 MB."""
    delta = [Dependency(f"io.delta:{name}:3.3.2", transitive=False) for name in ("delta-spark_2.12", "delta-storage")]
    iceberg = Dependency("org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.9.2", transitive=False)
    return [str(jar) for jar in resolve_jars("table-formats", [*delta, iceberg], spark_home=spark_home)]


def conf(warehouse: Path) -> dict[str, str]:
    """Delta as Spark's own catalog, and a catalog `lake` of Iceberg in this folder."""
    return {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension,"
        "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": str(warehouse),
        "spark.databricks.delta.snapshotPartitions": "1",  # the default is 50 tasks for each state of a log
    }
