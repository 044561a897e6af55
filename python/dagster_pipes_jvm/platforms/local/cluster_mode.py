"""What a driver on another machine needs beside its arguments: a spark-submit that waits, and one attempt."""

from dataclasses import replace

from dagster import PipesMessageReader

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.submit.attach import with_one_attempt, with_waiting
from dagster_pipes_jvm.submit.command import Submission
from dagster_pipes_jvm.submit.spark_submit import ATTEMPTS_KEY


def for_cluster_mode(submission: Submission) -> Submission:
    """The submission with the needs of a driver in cluster mode: a spark-submit that waits for it, and one attempt."""
    submit = with_waiting(submission.submit)
    return replace(submission, submit=submit if submission.job.pipes == "off" else with_one_attempt(submit))


def check_attempts(submission: Submission, reader: PipesMessageReader) -> None:
    """Refuse a second attempt of a YARN application where the reader would mix it up with the first one.

    Raises:
        InvalidParameterError: where it would.
    """
    if not submission.submit.is_yarn_cluster or submission.submit.attempts in (None, "1"):
        return
    if not getattr(reader, "tells_attempts_apart", False):
        name = type(reader).__name__
        is_told = hasattr(reader, "tells_attempts_apart")
        raise _invalid(
            ATTEMPTS_KEY,
            f"1: this {name} was told that there is one attempt"
            if is_told
            else f"1: {name} cannot tell the messages of a second attempt of the application from those of the first",
            submission.spark_property(ATTEMPTS_KEY) or "",
            "Take `single_attempt` out of the reader's parameters, or leave the property out."
            if is_told
            else "Leave the property out, and let Dagster's retry policy run the step again; or pass PipesJvmS3MessageReader or"
            " PipesJvmFilesystemMessageReader as `message_reader`, which read attempt by attempt.",
        )


def _invalid(key: str, expected: str, got: str, remedy: str) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=f"conf[{key!r}]",
        call="PipesSparkSubmitClient",
        expected=expected,
        got=repr(got),
        remedy=remedy,
        anchor="cluster-mode",
    )
