"""What a JVM job prints and logs, in Dagster's compute logs and event log."""

import json
import logging
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import encode_param

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesSparkSubmitClient, SparkJob, bridge_jar
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns
from tests.support.job_jars import compiled

FORWARDED = [
    (logging.INFO, "acme.Orders: 3 orders"),
    (logging.ERROR, "acme.Orders: it broke"),
    (logging.WARNING, "other: another logger warns"),
    (logging.CRITICAL, "acme.Log4j: the end"),
]
DIRECT = [
    (logging.ERROR, "acme.jul: from java.util.logging"),
    (logging.WARNING, "passed: a logger that was passed"),
    (logging.CRITICAL, "pipes.log"),
]
STACK = (
    "\njava.lang.IllegalStateException: outer\n\tat Talk.",
    "\nCaused by: java.lang.RuntimeException: the orders are missing\n\t",
)


@pytest.fixture(scope="session")
def talk_jar(tmp_path_factory: pytest.TempPathFactory, sparks: dict[str, Spark]) -> str:
    """The program `jobs/Talk.java`, compiled against the older Spark."""
    return compiled("Talk", tmp_path_factory.mktemp("talk") / "classes", f"{sparks['3.5'].home}/jars/*")


@pytest.fixture
def log4j_properties(tmp_path: Path) -> Path:
    """The file that docs/logging.md shows."""
    page = (REPOSITORY / "docs" / "logging.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```properties\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "log4j2.properties"
    path.write_text(block, encoding="utf-8")
    return path


# The appender comes by the property on one Spark, and by the file on the other.
@pytest.mark.parametrize("version", ["4.3", "3.5"])
def test_what_a_job_prints_and_logs_is_in_dagster(
    runs: DagsterRuns, sparks: dict[str, Spark], tmp_path: Path, talk_jar: str, log4j_properties: Path, version: str
) -> None:
    if version == "4.3":
        conf = {"spark.dagster.pipes.forwardLogs": "acme=INFO,WARN"}
    else:
        conf = {
            "spark.driver.extraClassPath": str(bridge_jar()),
            "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={log4j_properties.as_uri()}",
        }
    client = PipesSparkSubmitClient(
        "local[1]",
        conf={"spark.ui.enabled": False, **conf},
        spark_home=str(sparks[version].home),
        message_reader=PipesJvmFileMessageReader(include_stdio_in_messages=True),
    )
    job = SparkJob(talk_jar, main_class="Talk", args=["spark"])
    run = runs.run_body(lambda c: client.run(context=c, job=job).get_materialize_result())
    assert run.success, run.failure

    logs = [(level, text) for level, text in run.logs if text.startswith(("acme", "other", "passed", "pipes.log"))]
    assert [(level, text.split("\n")[0]) for level, text in logs] == [*FORWARDED, *DIRECT]
    for _, text in (logs[1], logs[-1]):
        for part in STACK:
            assert part in text

    out, err = (
        "".join(log.read_text(encoding="utf-8") for log in tmp_path.glob(f"dagster_home/storage/**/*.{kind}"))
        for kind in ("out", "err")
    )
    # Once from the driver's own output, which the client forwards, and once from the messages.
    assert out.count("\nScala's println\n") == 2
    assert out.count("a task prints\n") == 2
    assert out.count("a task prints with Scala\n") == 2
    assert err.count("System.err says it\n") == 2
    for line in ("WARN other: another logger warns", "ERROR Orders: it broke", "INFO Orders: 3 orders"):
        assert err.count(f"{line}\n") == 2, line
    assert out.count("System.out says größer\n") == 2
    for line in ("Scala's println before the session\n", "after the session\n"):
        assert out.count(line) == 1
    assert "not handled" not in str(run.logs)


@pytest.mark.parametrize("version", ["4.3", "3.5"])
def test_output_is_not_captured_into_itself_where_stdout_is_the_channel(
    sparks: dict[str, Spark], talk_jar: str, log4j_properties: Path, version: str
) -> None:
    context: dict[str, Any] = {
        "asset_keys": ["probe"],
        "run_id": "r",
        "job_name": None,
        "retry_number": 0,
        "extras": {},
    }
    per_asset = {"provenance_by_asset_key": {"probe": None}, "code_version_by_asset_key": {"probe": None}}
    parameters = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": {**context, **per_asset}}),
        "DAGSTER_PIPES_MESSAGES": encode_param({"stdio": "stdout", "include_stdio_in_messages": True}),
    }
    jars = [str(bridge_jar()), talk_jar, f"{sparks[version].home}/jars/*"]
    done = subprocess.run(
        ["java", f"-Dlog4j2.configurationFile={log4j_properties.as_uri()}", "-cp", os.pathsep.join(jars), "Talk"],
        env={**os.environ, **parameters},
        capture_output=True,
        text=True,
        check=True,
    )
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    methods = [message["method"] for message in messages]
    assert methods == ["opened", *["log"] * (len(FORWARDED) + len(DIRECT)), "report_asset_materialization", "closed"]
    assert "\nScala's println\n" in done.stdout
    assert "[dagster-pipes] include_stdio_in_messages has no effect:" in done.stderr


PYSPARK_JOB = """
from pyspark.sql import SparkSession
from dagster_pipes_jvm.pyspark import open_pipes
spark = SparkSession.builder.getOrCreate()
logger = spark.sparkContext._jvm.org.apache.logging.log4j.LogManager.getLogger("acme")
with open_pipes(spark) as pipes:
    print("Python prints")
    logger.warn("before the report")
    pipes.report_asset_materialization()
    spark.sparkContext._jvm.java.lang.System.out.println("the JVM prints")
"""


@pytest.mark.matrix
def test_a_pyspark_job_sends_the_jvms_lines_among_its_own_messages_and_nothing_twice(
    runs: DagsterRuns, tmp_path: Path
) -> None:
    script = tmp_path / "job.py"
    script.write_text(PYSPARK_JOB, encoding="utf-8")
    client = PipesSparkSubmitClient(
        "local[1]",
        conf={"spark.ui.enabled": False, "spark.dagster.pipes.forwardLogs": "acme=WARN"},
        message_reader=PipesJvmFileMessageReader(include_stdio_in_messages=True),
    )
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(str(script))).get_materialize_result())
    assert run.success, run.failure
    assert [text for _, text in run.logs].count("acme: before the report") == 1
    assert len(run.materializations) == 1
    out = "".join(log.read_text(encoding="utf-8") for log in tmp_path.glob("dagster_home/storage/**/*.out"))
    # By the client, which forwards the driver's output, and by Python's own capture; the JVM captures nothing.
    assert out.count("Python prints\n") == 2
    assert out.count("the JVM prints\n") == 1
