"""The meaning of a failed spark-submit, as far as its output shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import SparkSubmitFailedError, see
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.run.failure import (
    end_of_output,
    end_of_stderr,
    why,
    without_secrets,
)


@dataclass(frozen=True)
class Ended:
    """How a spark-submit ended.

    Args:
        exit_code: the exit code of the process; if negative, the number of the signal that killed it.
        seconds: how long the process ran.
        stderr_tail: the last lines of its stderr, oldest first.
        advice: where the driver's own output is, if it is not here. Empty if it is.
        is_cluster_mode: whether the exit code is not that of the driver.
    """

    exit_code: int
    seconds: float
    stderr_tail: Sequence[str]
    advice: str = ""
    is_cluster_mode: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0

    @property
    def how(self) -> str:
        """The exit code or signal, in words."""
        return f"ended with {self._code}"

    @property
    def _code(self) -> str:
        return f"exit code {self.exit_code}" if self.exit_code >= 0 else f"signal {-self.exit_code}"

    @property
    def metadata(self) -> Mapping[str, Any]:
        """No metadata: the step's own metadata is complete."""
        return {}

    def failure(self, job: SparkJob, exception: PipesException | None) -> SparkSubmitFailedError:
        """The error of a job that ended with a non-zero exit code, with the reason as far as it is known.

        Args:
            job: the job.
            exception: the exception with which the job's session closed, if it reported one.
        """
        name = f"{job.application} (main class {job.main_class})" if job.main_class else job.application
        is_script = job.is_python and not self.is_cluster_mode
        reasons = why(self.stderr_tail, exception, self.exit_code, is_script=is_script)
        link = "" if reasons.has_remedy else see("spark-submit-failed")
        how = f"spark-submit of {name} failed with {self._code} after {self.seconds:.1f} s."
        text = "\n".join(
            filter(None, [reasons.headline, " ".join(filter(None, [how, reasons.detail, self.advice, link]))])
        )
        end = (end_of_stderr if exception else end_of_output)(self.stderr_tail)
        return SparkSubmitFailedError(
            without_secrets(f"{text}\n{end}", job),
            exit_code=self.exit_code,
            stderr_tail=self.stderr_tail,
        )


def is_by_signal(exit_code: int) -> bool:
    """Whether a signal ended the process, or the exit code is a shell's code for a signal (more than 128)."""
    return exit_code < 0 or exit_code > 128
