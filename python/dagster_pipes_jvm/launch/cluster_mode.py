"""What a driver on another machine needs beside its arguments: a spark-submit that waits, and one attempt."""

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.launch.command import Submission

# Each master's property that makes spark-submit wait for the application, and whether that is its default.
_WAIT_KEY_BY_MASTER = {
    "yarn": ("spark.yarn.submit.waitAppCompletion", True),
    "k8s": ("spark.kubernetes.submission.waitAppCompletion", True),
    "spark": ("spark.standalone.submit.waitAppCompletion", False),
}
_ATTEMPTS_KEY = "spark.yarn.maxAppAttempts"


def for_cluster_mode(submission: Submission) -> Submission:
    """The submission with what cluster mode needs.

    Raises:
        InvalidParameterError: where a property of the job or the machine says the contrary.
    """
    wait_key, waits = _WAIT_KEY_BY_MASTER.get(submission.effective_master.partition(":")[0], ("", True))
    wait = submission.spark_property(wait_key)
    if wait is None and not waits:
        submission = submission.with_conf({wait_key: "true"})
    elif wait is not None and wait.strip().lower() != "true":
        raise _invalid(
            wait_key,
            "true: the step ends when the application does, and spark-submit has to wait for it",
            wait,
            "Leave the property out.",
        )
    if submission.effective_master == "yarn" and submission.job.pipes != "off":
        attempts = submission.spark_property(_ATTEMPTS_KEY)
        if attempts is None:
            # The cluster's default is often 2, and a second attempt would write over the messages of the first.
            return submission.with_conf({_ATTEMPTS_KEY: "1"})
        if attempts.strip() != "1":
            raise _invalid(
                _ATTEMPTS_KEY,
                "1: a second attempt of the application would write over the messages of the first",
                attempts,
                "Leave the property out, and let Dagster's retry policy run the step again.",
            )
    return submission


def _invalid(key: str, expected: str, got: str, remedy: str) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=f"conf[{key!r}]",
        call="PipesSparkSubmitClient",
        expected=expected,
        got=repr(got),
        remedy=remedy,
        anchor="cluster-mode",
    )
