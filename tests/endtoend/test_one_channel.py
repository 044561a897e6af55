"""Python and JVM code of one PySpark job in one channel, also when the JVM goes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import encode_param

from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkSubmitClient, SparkJob, bridge_jar
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.conftest import REPOSITORY
from tests.support.dagster_runs import DagsterRuns
from tests.support.job_jars import compiled

JOBS = Path(__file__).parent / "jobs"
CONTEXT = json.loads((REPOSITORY / "tests" / "golden" / "contexts" / "one_asset.json").read_text(encoding="utf-8"))


SENT = [
    "opened",
    "1 by the JVM",
    "2 by the JVM",
    "report_asset_check",
    "3 by the JVM, or without it",
    "4 without it",
    "report_asset_materialization",
    "closed",
]


def run_job(tmp_path: Path, messages: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Python starts the JVM, as in a notebook, and survives it."""
    env = {
        **os.environ,
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param(messages),
        "PYSPARK_SUBMIT_ARGS": f"--master local[1] --conf spark.ui.enabled=false --jars {bridge_jar()} pyspark-shell",
    }
    command = [sys.executable, str(JOBS / "gateway.py"), str(tmp_path / "messages")]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def told(line: str) -> str:
    """The message of a line: a log line's text, another's method."""
    message = json.loads(line)
    return str((message["params"] or {}).get("message") or message["method"])


def test_a_jvm_that_is_killed_costs_no_message_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    done = run_job(tmp_path, {"path": str(tmp_path / "messages" / "file")})
    lines = (tmp_path / "messages" / "file").read_text(encoding="ascii").splitlines()
    assert [told(line) for line in lines] == SENT
    assert "[dagster-pipes] the JVM of this job does not answer any more: 1 message(s)" in done.stderr


def test_what_a_killed_jvm_had_not_sent_to_a_store_stands_on_stderr(tmp_path: Path) -> None:
    place = tmp_path / "messages"
    place.mkdir()
    # A log line waits a minute in the JVM: the third is lost with it, if Python has not kept it.
    done = run_job(tmp_path, {"uri": place.as_uri(), "upload_interval_millis": 60_000})
    chunks = sorted(place.glob("*.json"), key=lambda chunk: int(chunk.stem))
    arrived = [told(line) for chunk in chunks for line in chunk.read_text(encoding="ascii").splitlines()]
    printed = [told(line) for line in done.stderr.splitlines() if line.startswith('{"__dagster_pipes_version"')]
    assert arrived == SENT[:4]
    assert printed[-4:] == SENT[4:]
    # More than that only where the JVM had not said yet that it arrived.
    assert printed == SENT[-len(printed) :] or printed == ["report_asset_check", *SENT[4:]]


@pytest.mark.parametrize("place", ["file", "store"])
def test_with_identity_each_line_keeps_its_number_and_the_count_of_a_killed_jvm_is_unknown(
    tmp_path: Path, place: str
) -> None:
    folder = tmp_path / "messages"
    folder.mkdir()
    where = {"path": str(folder / "file")} if place == "file" else {"uri": folder.as_uri()}
    done = run_job(tmp_path, {**where, "upload_interval_millis": 60_000, "run_token": "k3f9a1"})
    texts = [file.read_text(encoding="ascii") for file in folder.iterdir() if file.is_file()]
    lines = [line for text in [*texts, done.stderr] for line in text.splitlines() if line.startswith('{"__dagster')]
    by_number: dict[str, set[str]] = {}
    for line in lines:
        by_number.setdefault(json.loads(line)["n"][10:], set()).add(told(line))
    python = [message for message in SENT if message != "2 by the JVM"]
    expected = {f"p.{n}": {message} for n, message in enumerate(python, start=1)}
    assert by_number == {**expected, "j.1": {"2 by the JVM"}}
    closed = next(json.loads(line) for line in lines if told(line) == "closed")
    # JVM code may have written lines that nobody has.
    assert closed["dagster_pipes_jvm"] == {"messages": {"p": 7, "j": None}, "dropped_log_lines": 0}


# Dagster's own writer: the JVM knows nothing of this session.
SEPARATE = """
import boto3
from dagster_pipes import PipesS3MessageWriter, open_dagster_pipes
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
with open_dagster_pipes(message_writer=PipesS3MessageWriter(boto3.client("s3"))) as pipes:
    pipes.log.info("by Python")
    spark.sparkContext._jvm.Mixed.report("by the JVM from ")
    pipes.report_asset_materialization(metadata={"by": "Python"})
"""


def test_a_session_that_the_jvm_opens_beside_pythons_is_read_too(
    runs: DagsterRuns, s3: LocalS3, tmp_path: Path
) -> None:
    (tmp_path / "job.py").write_text(SEPARATE, encoding="utf-8")
    job = SparkJob(str(tmp_path / "job.py"), jars=[compiled("Mixed", tmp_path / "mixed")])
    client = PipesSparkSubmitClient(
        "local[1]",
        conf={"spark.ui.enabled": False, **s3.spark_conf()},
        env=s3.environment(),
        cwd=str(tmp_path),
        message_reader=PipesJvmS3MessageReader(bucket="pipes", client=s3.client(), key_prefix="beside"),
    )
    run = runs.run_body(lambda c: client.run(context=c, job=job, extras={"from": "Dagster"}).get_materialize_result())
    assert run.success, run.failure
    assert run.metadata["by"] == "Python"
    texts = [text for _, text in run.logs]
    assert {"by Python", "by the JVM from Dagster"} <= {*texts}
    assert any("JVM code of this PySpark job opened a session of its own" in text for text in texts)
    left = s3.client().list_objects_v2(Bucket="pipes", Prefix="beside/").get("Contents", [])
    assert left == []
