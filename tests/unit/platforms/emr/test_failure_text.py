"""The text of a step's failure: lines for a quick reader, in the same order for every way to fail."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm.platforms.emr.ends import StepEnd
from dagster_pipes_jvm.platforms.emr.states import ClusterNow, StepNow
from dagster_pipes_jvm.run.log_tail import LogTail
from dagster_pipes_jvm.texts import PAGE_URL

_BEGUN = datetime(2026, 1, 1, tzinfo=timezone.utc)
_LOG = "s3://team-logs/emr/j-1/steps/s-1/stderr.gz"
STEP = StepNow(
    id="s-1",
    name="nightly",
    state="FAILED",
    reason="",
    failure={"Reason": "Unknown Error.", "Message": "Exit code 1.", "LogFile": _LOG},
    created=_BEGUN,
    started=_BEGUN,
    ended=_BEGUN + timedelta(seconds=12),
)
CLUSTER = ClusterNow.of(
    {"Id": "j-1", "Name": "shared", "LogUri": "s3n://team-logs/emr/", "Status": {"State": "WAITING"}}
)
STEP_LINE = "Step: https://console.amazonaws-us-gov.com/emr/home?region=us-gov-west-1&stepId=s-1#/clusterDetails/j-1"
LOG_LINK = "https://console.amazonaws-us-gov.com/s3/buckets/team-logs?region=us-gov-west-1&prefix=emr/j-1/steps/s-1/"


def text(step: StepNow = STEP, exception: Any = None, tail: tuple[str, ...] = (), cluster: ClusterNow = CLUSTER) -> str:
    end = StepEnd(step, cluster, "us-gov-west-1", tail)
    return str(end.failure(SparkJob("job.jar", main_class="acme.Job"), exception))


def exception(name: str, message: str, cause: Any = None) -> dict[str, Any]:
    return {"name": name, "message": message, "stack": [], "cause": cause, "context": None}


def test_a_failure_is_lines_in_a_fixed_order() -> None:
    first = exception("KeyError", "KeyError: 'day'\n")
    reported = exception("ValueError", "ValueError: the orders are missing\n(2 of 3)\n", first)
    assert text(exception=reported, tail=("one", "two")).splitlines() == [
        "The job reported ValueError: the orders are missing",
        "  (2 of 3). The first cause was KeyError: 'day'.",
        "EMR step s-1 (job.jar acme.Job) on cluster j-1 ended as FAILED after 12 s.",
        "Reason: Unknown Error.",
        "Message: Exit code 1.",
        "The cluster is WAITING.",
        f"What to do: See {PAGE_URL}#emr-step-failed",
        STEP_LINE,
        f"Log: {_LOG} {LOG_LINK}",
        "The end of the driver's stderr:",
        "one",
        "two",
    ]


@pytest.mark.parametrize(
    ("name", "message", "told"),
    [
        ("RuntimeError", "RuntimeError", "RuntimeError"),
        ("RuntimeError", "RuntimeError\n", "RuntimeError"),
        ("RuntimeError", "", "RuntimeError"),
        ("RuntimeError", "boom", "RuntimeError: boom"),
        ("RuntimeError", "RuntimeError: boom\n", "RuntimeError: boom"),
        ("OrderError", "acme.orders.OrderError: boom\n", "acme.orders.OrderError: boom"),
        ("java.lang.RuntimeException", "java.lang.RuntimeException", "java.lang.RuntimeException"),
        ("java.lang.RuntimeException", "boom: later", "java.lang.RuntimeException: boom: later"),
        (None, "boom.", "an exception: boom"),
    ],
)
def test_an_exception_is_named_once(name: Any, message: str, told: str) -> None:
    assert text(exception=exception(name, message)).startswith(f"The job reported {told}.\n")


def test_a_step_that_never_ran_says_so_and_its_cluster_says_why() -> None:
    step = replace(STEP, state="CANCELLED", started=None, failure={}, reason="Cluster terminated.")
    cluster = replace(CLUSTER, state="TERMINATED", reason_code="USER_REQUEST", reason="by request")
    assert text(step, cluster=cluster).splitlines() == [
        "EMR step s-1 (job.jar acme.Job) on cluster j-1 ended as CANCELLED, before it started.",
        "EMR says: Cluster terminated.",
        "The cluster is TERMINATED (USER_REQUEST: by request).",
        "What to do: Somebody terminated the cluster; CloudTrail's TerminateJobFlows says who."
        f" See {PAGE_URL}#emr-step-failed",
        STEP_LINE,
        f"Log: s3://team-logs/emr/j-1/steps/s-1/ {LOG_LINK}",
    ]


def test_the_log_is_the_file_that_has_the_exception() -> None:
    container = "s3://team-logs/emr/j-1/containers/application_1_0001/container_1_0001_01_000001"
    lines = ["Traceback (most recent call last):", "ModuleNotFoundError: No module named 'acme'", "bye"]
    tail = LogTail(lines, lambda line: f"{container}/stdout.gz" if line == lines[1] else f"{container}/stderr.gz")
    end = StepEnd(STEP, CLUSTER, "us-gov-west-1", tail)
    (log,) = [line for line in str(end.failure(SparkJob("job.py"), None)).splitlines() if line.startswith("Log: ")]
    page = "https://console.amazonaws-us-gov.com/s3/buckets/team-logs?region=us-gov-west-1&prefix="
    assert log == f"Log: {container}/stdout.gz {page}{container.removeprefix('s3://team-logs/')}/"


def test_a_cluster_without_logs_has_no_line_for_them() -> None:
    assert "Log:" not in text(replace(STEP, failure={}), cluster=replace(CLUSTER, log_uri=None))
