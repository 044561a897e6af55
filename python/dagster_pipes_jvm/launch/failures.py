"""What a failed spark-submit means, where its output tells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import SparkSubmitFailedError, see
from dagster_pipes_jvm.job import SparkJob

_SHOWN_LINES = 40
_SHOWN_FRAMES = 3
_SHOWN_CAUSE_CHARACTERS = 1_000

# What Spark and Java print, what the user can do about it, and the anchor of TROUBLESHOOTING.md.
_REMEDIES = [
    (
        r"Error: Failed to load class (?P<what>\S+?)\.?$",
        "The application's jar holds no class {what}: correct `main_class` of the SparkJob, or the jar.",
        "main-class",
    ),
    (
        r"No main class set in JAR",
        "The jar's manifest names no main class: pass `main_class` to the SparkJob.",
        "main-class",
    ),
    (
        r"JAVA_HOME is not set|Unable to locate a Java Runtime",
        "Install JDK 17 and set JAVA_HOME to it.",
        "no-jdk",
    ),
    (
        r"UnsupportedClassVersionError",
        "The jar was compiled for a newer Java than the one that runs Spark: set JAVA_HOME to a newer JDK.",
        "no-jdk",
    ),
    (
        r"(No FileSystem for scheme \"?(?P<what>s3a?)\b|S3AFileSystem not found)",
        "Spark has no file system for s3 paths: pass `attach_s3a=True` to the client, or add hadoop-aws.",
        "s3-store",
    ),
    (
        r"(NoSuchBucket|InvalidAccessKeyId|SignatureDoesNotMatch|\bS3\b.*Status Code: 40[34])",
        "S3 refused the job ({what}): check the bucket, and the credentials that the driver has.",
        "s3-access",
    ),
    (
        r"ModuleNotFoundError: No module named '(?P<what>[^']+)'",
        "The driver's Python has no module {what}: set `python` of the client to one that has it, or pass it in `py_files`.",
        "pyspark-python",
    ),
]


@dataclass(frozen=True)
class Ended:
    """How a spark-submit ended.

    Args:
        exit_code: what the process returned; negative is the number of the signal that killed it.
        seconds: how long it ran.
        stderr_tail: the last lines of its stderr, oldest first.
    """

    exit_code: int
    seconds: float
    stderr_tail: Sequence[str]

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
        """Nothing: the step's own metadata says it all."""
        return {}

    def failure(self, job: SparkJob, exception: PipesException | None) -> SparkSubmitFailedError:
        """The error of a job that ended with a non-zero exit code, with the reason as far as it is known.

        Args:
            job: the job.
            exception: what the job's session closed with, where it reported one.
        """
        name = f"{job.application} (main class {job.main_class})" if job.main_class else job.application
        if exception:
            # The job's own words are better than a guess from its output.
            why = f" The job reported {exception.get('name') or 'an exception'}: {exception['message'].strip()}."
            why += f"{first_cause(exception)} {see('spark-submit-failed')}"
        else:
            why = f" {_remedy(self.stderr_tail) or see('spark-submit-failed')}"
        return SparkSubmitFailedError(
            f"spark-submit of {name} failed with {self._code} after {self.seconds:.1f} s.{why}"
            f"\n{end_of_stderr(self.stderr_tail)}",
            exit_code=self.exit_code,
            stderr_tail=self.stderr_tail,
        )


def end_of_stderr(tail: Sequence[str]) -> str:
    """The last lines of the driver's stderr as an error shows them."""
    return "The end of the driver's stderr:\n" + ("\n".join(_condensed(tail)[-_SHOWN_LINES:]) or "(nothing)")


def is_by_signal(exit_code: int) -> bool:
    """Whether a signal ended the process, or the shell's word for one did (128 and more)."""
    return exit_code < 0 or exit_code > 128


def _condensed(lines: Sequence[str]) -> list[str]:
    """The lines with each long run of stack frames cut to its first ones, so that the exceptions between them are seen."""
    kept: list[str] = []
    frames = 0
    for line in [*lines, ""]:
        is_frame = line.startswith("\tat ")
        if is_frame and frames >= _SHOWN_FRAMES:
            frames += 1
            continue
        if frames > _SHOWN_FRAMES and not is_frame:
            kept.append(f"\t... {frames - _SHOWN_FRAMES} frames, see the compute logs")
        frames = frames + 1 if is_frame else 0
        kept.append(line)
    return kept[:-1]


def _remedy(stderr_tail: Sequence[str]) -> str:
    text = "\n".join(stderr_tail)
    for pattern, remedy, anchor in _REMEDIES:
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            what = found.groupdict().get("what") or found.group(0)
            return f"{remedy.format(what=what)} {see(anchor)}"
    return ""


def first_cause(exception: PipesException) -> str:
    """What `Task not serializable` or `Job aborted` do not say; its first line, since the event log has it whole."""
    first = exception
    while first.get("cause"):
        first = cast("PipesException", first["cause"])
    if first is exception:
        return ""
    line = (first["message"].strip().splitlines() or [""])[0][:_SHOWN_CAUSE_CHARACTERS]
    return f" The first cause was {first.get('name') or 'an exception'}: {line.removesuffix('.')}."
