"""All exceptions of this package.

Bad input (`InvalidParameterError` and the *NotFound* family) is for whoever wrote the call; a failed run
(`SparkSubmitFailedError`, `PipesNotClosedError`, `MessagesMissingError`) is also a `DagsterPipesExecutionError`, as with
Dagster's own clients.
Messages end with a link to the section of TROUBLESHOOTING.md whose anchor never changes.
"""

from collections.abc import Mapping, Sequence

from dagster_pipes import DagsterPipesError

from dagster_pipes_jvm._dagster import DagsterPipesExecutionError
from dagster_pipes_jvm.characters import whole_characters
from dagster_pipes_jvm.redaction import shown_text
from dagster_pipes_jvm.texts import invalid_value
from dagster_pipes_jvm.texts import see as see
from dagster_pipes_jvm.texts import sentence as sentence


class PipesJvmError(DagsterPipesError):
    """Base of every exception of this package.

    Its message goes into Dagster's event log, so half characters in it, such as those of a file name, are replaced.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(whole_characters(message))


class InvalidParameterError(PipesJvmError):
    """A parameter of one of our calls has a value that cannot work; the message says which, and what to pass.

    Secrets in the value are not shown.
    """

    def __init__(self, *, parameter: str, call: str, expected: str, got: str, remedy: str, anchor: str) -> None:
        super().__init__(
            invalid_value(
                parameter=parameter,
                call=call,
                expected=shown_text(expected),
                got=shown_text(got),
                remedy=shown_text(remedy),
                anchor=anchor,
            )
        )
        self.parameter = parameter


class BridgeJarNotFoundError(PipesJvmError):
    """There is no bridge jar beside this installation; the message says which command makes it."""


class PySparkZipNotFoundError(PipesJvmError):
    """This installation has no PySpark zip; the message names the command that makes it."""


class MavenRepositoryNotFoundError(PipesJvmError):
    """This installation has no Maven repository; the message names the command that makes it."""


class SparkNotFoundError(PipesJvmError):
    """No spark-submit was found; the message names the places that were searched."""


class JavaNotFoundError(PipesJvmError):
    """No `java` was found for spark-submit; the message names the places that were searched."""


class JarsNotFetchedError(PipesJvmError):
    """Jars could not be fetched; the message ends with Ivy's own words and what to do.

    Attributes:
        ivy_tail (Sequence[str]): the last lines that Ivy wrote, oldest first; empty where it never ran.
    """

    def __init__(self, message: str, *, ivy_tail: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.ivy_tail = tuple(ivy_tail)


class MetadataNotFoundError(PipesJvmError):
    """`latest_metadata_value` found no materialization, or none with that key; the message says which."""


class FilesystemAccessError(PipesJvmError):
    """A file system that fsspec opens refused Dagster's side, or could not be opened."""


class S3AccessError(PipesJvmError):
    """S3 refused Dagster's side, or the bucket does not exist; asking again would not help.

    Attributes:
        code (str): S3's error code, such as `AccessDenied`, or the name of botocore's error where no request was sent.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class PassingFaultError(PipesJvmError):
    """A store did not answer, or not now: the same question may be answered later. The cause says what it was."""

    @classmethod
    def of(cls, cause: BaseException) -> "PassingFaultError":
        """The error for another library's exception."""
        return cls(f"{type(cause).__name__}: {cause}")


class SparkSubmitFailedError(PipesJvmError, DagsterPipesExecutionError):
    """spark-submit ended with a non-zero exit code.

    Attributes:
        exit_code (int): what the process returned; negative is the number of the signal that killed it.
        stderr_tail (Sequence[str]): the last lines of the driver's stderr, oldest first.
    """

    def __init__(self, message: str, *, exit_code: int, stderr_tail: Sequence[str]) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.stderr_tail = tuple(stderr_tail)


class JobRequestError(PipesJvmError):
    """A platform refuses a request about a job, or never answers it. A job that was started before continues."""


class EMRRequestError(JobRequestError):
    """EMR refuses a request for several minutes. An EMR step that was started before continues."""


class EMRStepFailedError(PipesJvmError, DagsterPipesExecutionError):
    """A step did not end as COMPLETED, or its cluster ended before it.

    Attributes:
        cluster_id (str): the cluster.
        step_id (str): the step.
        step_state (str): `FAILED`, `CANCELLED` or `INTERRUPTED`; the last one seen where the cluster went first.
        cluster_state (str): the cluster's state when the step ended.
        failure_details (Mapping[str, str]): EMR's `Reason`, `Message` and `LogFile`, where it says them.
        stderr_tail (Sequence[str]): the last lines of the step's stderr, oldest first, where its log was there in time.
    """

    def __init__(
        self,
        message: str,
        *,
        cluster_id: str,
        step_id: str,
        step_state: str,
        cluster_state: str,
        failure_details: Mapping[str, str],
        stderr_tail: Sequence[str],
    ) -> None:
        super().__init__(message)
        self.cluster_id = cluster_id
        self.step_id = step_id
        self.step_state = step_state
        self.cluster_state = cluster_state
        self.failure_details = dict(failure_details)
        self.stderr_tail = tuple(stderr_tail)


class TimeLimitError(PipesJvmError, DagsterPipesExecutionError):
    """A time limit of the user for a job has expired. The message says which, and how the job ended."""


class AlreadyRunningError(PipesJvmError):
    """Another job makes the same asset now, and the client was told to start nothing then."""


class EMRTimeLimitError(TimeLimitError):
    """A time limit that the user set for a step or its cluster is over; the text says which, and what became of the step."""


class PipesNotClosedError(PipesJvmError, DagsterPipesExecutionError):
    """The job ended, but its Pipes session never opened or never closed, so messages may be missing."""


class NothingWrittenError(PipesJvmError, DagsterPipesExecutionError):
    """An instrumented job (`instrument="strict"`) ended well, and wrote nothing to an asset of its step; the text names it."""


class ThreadFailedError(PipesJvmError, DagsterPipesExecutionError):
    """A thread that the main of an instrumented job had left at work failed, and the process ended with exit code 0."""


class MessagesMissingError(PipesJvmError, DagsterPipesExecutionError):
    """Messages that the job sent did not arrive; the text says how many, as far as that is known, and where they should be."""
