"""What a failed spark-submit means, where its output tells."""

import re
from collections.abc import Sequence

from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import SparkSubmitFailedError, see

_SHOWN_LINES = 40
_SHOWN_FRAMES = 3

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
        "Spark has no file system for s3 paths: leave `attach_s3a` of the client at its default, or add hadoop-aws.",
        "s3-store",
    ),
    (
        r"(NoSuchBucket|InvalidAccessKeyId|SignatureDoesNotMatch|Access ?Denied|Status Code: 40[34])",
        "S3 refused the job ({what}): check the bucket, and the credentials that the driver has.",
        "s3-access",
    ),
    (
        r"ModuleNotFoundError: No module named '(?P<what>[^']+)'",
        "The driver's Python has no module {what}: set `python` of the client to one that has it, or pass it in `py_files`.",
        "pyspark-python",
    ),
]


def submit_failure(
    application: str,
    main_class: str | None,
    exit_code: int,
    seconds: float,
    stderr_tail: Sequence[str],
    exception: PipesException | None,
) -> SparkSubmitFailedError:
    """The error of a job that ended with a non-zero exit code, with the reason as far as it is known."""
    name = f"{application} (main class {main_class})" if main_class else application
    how = f"exit code {exit_code}" if exit_code >= 0 else f"signal {-exit_code}"
    reported = ""
    if exception:
        reported = f" The job reported {exception.get('name') or 'an exception'}: {exception['message'].strip()}."
    tail = "\n".join(_condensed(stderr_tail)[-_SHOWN_LINES:]) or "(nothing)"
    return SparkSubmitFailedError(
        f"spark-submit of {name} failed with {how} after {seconds:.1f} s.{reported}"
        f" {_remedy(stderr_tail) or see('spark-submit-failed')}\nThe end of the driver's stderr:\n{tail}",
        exit_code=exit_code,
        stderr_tail=stderr_tail,
    )


def _condensed(lines: Sequence[str]) -> list[str]:
    """The lines with each long run of stack frames cut to its first ones, so that the exceptions between them are seen."""
    condensed: list[str] = []
    frames = 0
    for line in [*lines, ""]:
        is_frame = line.startswith("\tat ")
        if is_frame and frames >= _SHOWN_FRAMES:
            frames += 1
            continue
        if frames > _SHOWN_FRAMES and not is_frame:
            condensed.append(f"\t... {frames - _SHOWN_FRAMES} frames, see the compute logs")
        frames = frames + 1 if is_frame else 0
        condensed.append(line)
    return condensed[:-1]


def _remedy(stderr_tail: Sequence[str]) -> str:
    text = "\n".join(stderr_tail)
    for pattern, remedy, anchor in _REMEDIES:
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            what = found.groupdict().get("what") or found.group(0)
            return f"{remedy.format(what=what)} {see(anchor)}"
    return ""
