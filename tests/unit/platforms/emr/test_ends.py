"""The error of an EMR step whose job failed before its session, with what its logs and EMR show."""

from collections.abc import Mapping, Sequence

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm.platforms.emr.ends import StepEnd
from dagster_pipes_jvm.platforms.emr.states import ClusterNow, StepNow
from dagster_pipes_jvm.texts import PAGE_URL

CLUSTER = ClusterNow.of({"Id": "j-1", "Status": {"State": "WAITING"}})
IMPORT = [
    "Traceback (most recent call last):",
    '  File "/srv/job.py", line 1, in <module>',
    "ModuleNotFoundError: No module named 'nope'",
]


def failure(details: Mapping[str, str], tail: Sequence[str]) -> str:
    step = StepNow.of({"Id": "s-1", "Name": "step", "Status": {"State": "FAILED", "FailureDetails": dict(details)}})
    return str(StepEnd(step, CLUSTER, "eu-west-1", tail).failure(SparkJob("s3://b/job.py"), None))


def test_the_traceback_of_the_log_is_named_and_shown() -> None:
    spark = [f"26/11/28 01:02:03 INFO BlockManager: line {number}" for number in range(50)]
    assert failure({"Reason": "Unknown Error."}, [*IMPORT, *spark]) == (
        "The driver's Python has no module nope: set `python` of the client to one that has it, or pass it in"
        f" `py_files`. See {PAGE_URL}#pyspark-python\n"
        "EMR step s-1 (s3://b/job.py) on cluster j-1 ended as FAILED, before it started.\n"
        "Reason: Unknown Error.\n"
        "The last exception in the driver's output is ModuleNotFoundError: No module named 'nope'.\n"
        "The cluster is WAITING.\n"
        f"What to do: See {PAGE_URL}#emr-step-failed\n"
        "Step: https://eu-west-1.console.aws.amazon.com/emr/home?region=eu-west-1&stepId=s-1#/clusterDetails/j-1\n"
        "The last exception in the driver's output:\n"
        + "\n".join(IMPORT)
        + "\nThe end of the driver's stderr:\n"
        + "\n".join(spark[-40:])
    )


def test_a_message_of_emr_that_another_line_has_is_left_out() -> None:
    cause = "ModuleNotFoundError: No module named 'nope'"
    assert "Message: " not in failure({"Reason": "Unknown Error.", "Message": f"{cause}."}, [*IMPORT, "last line"])


def test_the_message_of_emr_tells_of_sigkill_without_a_log() -> None:
    text = failure({"Reason": "Unknown Error.", "Message": "Exit code 137: SIGKILL ended the process"}, [])
    assert (
        "SIGKILL ended the driver, and the usual sender is the system or the cluster when memory runs out: raise"
        in text
    )
    assert f"See {PAGE_URL}#driver-memory" in text
