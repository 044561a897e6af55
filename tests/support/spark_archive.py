"""Makes a class-data archive of a Spark, with which its drivers start in three fifths of the processor time.

`python -m tests.support.spark_archive FILE` runs one small PySpark job and lets its JVM write FILE
(https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html#application-class-data-sharing). A JVM with another
class path, such as another Spark's, ignores the archive.
"""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from dagster_pipes_jvm_standin._jvm import SHORT_LIVED

ARCHIVE = Path(__file__).parents[2] / ".venv" / "spark.jsa"

_JOB = """
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
numbers = spark.range(100).selectExpr("id % 3 as key", "id")
numbers.groupBy("key").sum("id").write.parquet("{folder}/out")
spark.read.parquet("{folder}/out").filter("key > 0").count()
"""


def options(archive: Path) -> str:
    """JVM options of a short-lived Spark, with its archive if it exists.

    The JVM's own log is off, because it goes to stdout, which may be a job's channel.
    """
    return f"{SHORT_LIVED} -XX:SharedArchiveFile={archive} -Xlog:disable" if archive.is_file() else SHORT_LIVED


def make(archive: Path) -> None:
    """Run the job once, and keep what its driver has loaded."""
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        job = Path(folder) / "job.py"
        job.write_text(_JOB.format(folder=folder), encoding="utf-8")
        made = Path(folder) / archive.name
        subprocess.run(
            [Path(spec.origin).parent / "bin" / "spark-submit", "--master", "local[2]", job],
            env={
                **os.environ,
                "SPARK_SUBMIT_OPTS": f"{SHORT_LIVED} -XX:ArchiveClassesAtExit={made} -Xlog:disable",
                "PYSPARK_PYTHON": sys.executable,
            },
            stdout=sys.stderr,
            check=True,
        )
        made.rename(archive)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
