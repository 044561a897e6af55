"""Secrets among arguments and properties: the job gets them unchanged, and the event log has none of them."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import InvalidParameterError, PipesSparkSubmitClient, SparkJob
from tests.contract.fake_spark import fake_spark_home
from tests.support.dagster_runs import DagsterRuns, Finished

ARGS = [
    *("--password", "hush-word", "--api-token=hush token", "db_password=hush&more"),
    "jdbc:postgresql://u:hush-user@host/db?password=hush-query&ssl=true",
    '{"user": "u", "secret": "hush-json"}',
    *("-u", "u:hush-curl", "AKIAHUSHHUSHHUSHHUSH", "--date", "2026-11-28"),
]
CONF = {
    "spark.hadoop.fs.s3a.secret.key": "hush-conf",
    "spark.driver.extraJavaOptions": "-Da=1 -Ddb.password=hush-java -Db=2",
    "spark.my.pin": "hush-pin",
    "spark.redaction.regex": "(?i)pin",
}
# Notes what it got, and ends as it is told.
JOB = """
import json, sys
json.dump(sys.argv, open({got!r}, "w"))
print("cannot log in with hush-word and hush-json, jdbc:x://u:hush-other@h", *sys.argv[1:], file=sys.stderr, flush=True)
{end}
"""
REPORTS = """
from dagster_pipes import open_dagster_pipes
with open_dagster_pipes() as pipes:
    pipes.report_asset_materialization({"rows": 1})
"""


def everything(run: Finished) -> str:
    """All that the event log has, as it is stored."""
    return "\n".join(entry.to_json() + repr(entry) for entry in run.entries)


@pytest.mark.parametrize("end", ["reports", "fails", "raises", "says nothing"])
def test_the_job_gets_its_secrets_and_the_event_log_none(runs: DagsterRuns, tmp_path: Path, end: str) -> None:
    ends = {
        "reports": REPORTS,
        "fails": "sys.exit(3)",
        "raises": "raise ValueError('hush-word')",
        "says nothing": "",
    }
    job, got = tmp_path / "job.py", tmp_path / "got"
    job.write_text(JOB.format(got=str(got), end=ends[end]))
    client = PipesSparkSubmitClient("local[1]", spark_home=fake_spark_home(tmp_path / "spark"))
    spark = SparkJob(str(job), args=ARGS, conf=CONF)
    run = runs.run_body(lambda context: client.run(context=context, job=spark).get_materialize_result())
    assert run.success == (end == "reports"), run.failure
    assert json.loads(got.read_text())[1:] == ARGS
    (started,) = [text for _, text in run.logs if text.startswith("[pipes] started ")]
    assert started.endswith(": job.py on local[1]")
    (command,) = [
        event.engine_event_data.metadata["command"].value
        for event in run.events(dg.DagsterEventType.ENGINE_EVENT)
        if "command" in event.engine_event_data.metadata
    ]
    assert "--date 2026-11-28" in command
    assert "-Da=1" in command
    assert "hush" not in everything(run).lower()


@pytest.mark.parametrize(
    "given",
    [
        {"args": ["--password", 12_345_678]},
        {"args": "--password 12345678"},
        {"args": ["password=12345678\0"]},
        {"conf": {"spark.my.password": b"12345678"}},
        {"conf": {"spark.my.password": "12345678\0"}},
        {"conf": {"spark.my.password": "12345678\udce9"}},
        {"conf": [("spark.my.password", "12345678")]},
        {"jars": "s3a://AKIAHUSHHUSHHUSHHUSH:12345678@b/a.jar"},
        {"jars": ["https://u:12345678@repository/a.jar,b.jar"]},
        {"application": "-https://u:12345678@repository/a.jar"},
    ],
)
def test_an_error_about_a_value_does_not_show_a_secret(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        SparkJob(**{"application": "job.py", **given})
    assert "12345678" not in str(caught.value)
    assert "*********(redacted)" in str(caught.value)
