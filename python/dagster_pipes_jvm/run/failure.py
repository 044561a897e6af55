"""What the end of a failed job says, for the error of the step: the end of its output, and the causes it reported."""

import re
from collections.abc import Sequence
from typing import cast

from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import see, sentence
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.redaction import SPARK_KEY, secrets_of, shown_text
from dagster_pipes_jvm.submit.causes import cause_in, exit_code_in, is_killed, lacks_memory

_SHOWN_LINES = 40
_SHOWN_FRAMES = 3
_SHOWN_CAUSE_CHARACTERS = 1_000
_PYTHONS_OWN_CODE = 2
_SIGNAL_CODES = 128

# What Spark and Java print, what the user can do about it, and the anchor of TROUBLESHOOTING.md.
REMEDIES = [
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
    (
        r"can't (open file|find '__main__' module in) '(?P<what>[^']+)'",
        "The driver's machine has no script {what}: correct `application` of the SparkJob.",
        "spark-job",
    ),
    (
        r"NoSuchMethodException: (?P<what>[\w.$]+)\.main\(|Main method not found in class (?P<what_else>[\w.$]+)",
        "The class {what} has no method `public static void main(String[])`: correct `main_class` of the SparkJob.",
        "main-class",
    ),
    (
        r"java\.lang\.(ClassNotFoundException|NoClassDefFoundError): (?P<what>[\w./$]+)",
        "The driver has no class {what}: add its jar to `jars` of the SparkJob, or build it into the application's jar.",
        "main-class",
    ),
]

_MEMORY = (
    "{what}: raise `spark.driver.memory`, or `spark.driver.memoryOverhead` for memory outside of the JVM's heap, or let"
    " less run on the driver's machine at the same time."
)


def without_secrets(text: str, job: SparkJob) -> str:
    """A message about a job, without the secrets in its arguments and properties, and without those of a known form."""
    words = [*job.args, *(f"{key}={value}" for key, value in job.conf.items())]
    return shown_text(text, secrets_of(words, job.conf.get(SPARK_KEY)))


def end_of_stderr(tail: Sequence[str]) -> str:
    """The last lines of the driver's stderr as an error shows them."""
    return "The end of the driver's stderr:\n" + ("\n".join(_condensed(tail)[-_SHOWN_LINES:]) or "(nothing)")


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


def end_of_output(tail: Sequence[str]) -> str:
    """The last lines of the driver's stderr as an error shows them, behind the last exception if it is further up."""
    cause = cause_in(tail)
    end = end_of_stderr(tail)
    if cause is None or "\n".join(_condensed(cause.lines)) in end:
        return end
    return "The last exception in the driver's output:\n" + "\n".join(_condensed(cause.lines)) + f"\n{end}"


def reason(tail: Sequence[str], exit_code: int | None = None, *, is_script: bool = False) -> str:
    """The reason of a failure as far as the output and the exit code show it, as sentences; empty if they show none.

    Args:
        tail: the end of the driver's output.
        exit_code: its exit code. A negative one is the number of the signal that killed it. `None` if it is unknown.
        is_script: whether this is the exit code of a Python driver.
    """
    cause, own_code = cause_in(tail), exit_code_in(tail)
    if own_code is None and is_script:
        own_code = exit_code
    why = f"The last exception in its output is {sentence(cause.text)}" if cause else ""
    # Python ends with 1 after an exception, and with 2 if it finds no script.
    if (own_code is not None and _PYTHONS_OWN_CODE < own_code < _SIGNAL_CODES) or (own_code == 2 and not cause):
        why = f"The script ended itself with exit code {own_code}."
    return " ".join(filter(None, [why, memory_advice(tail, exit_code)]))


def memory_advice(tail: Sequence[str], exit_code: int | None) -> str:
    """The advice for a driver that had too little memory, or was killed as systems do for that; else an empty string."""
    if lacks_memory(tail):
        what = "The driver had too little memory"
    elif is_killed(tail, exit_code):
        what = "SIGKILL ended the driver, and the usual sender is the system or the cluster when memory runs out"
    else:
        return ""
    return f"{_MEMORY.format(what=what)} {see('driver-memory')}"


def remedy(stderr_tail: Sequence[str]) -> str:
    """What the user can do about it, with its link; empty where the output tells nothing known."""
    text = "\n".join(stderr_tail)
    for pattern, advice, anchor in REMEDIES:
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            groups = found.groupdict()
            what = groups.get("what") or groups.get("what_else") or found.group(0)
            return f"{advice.format(what=what)} {see(anchor)}"
    return ""


def what_was_reported(exception: PipesException) -> str:
    """The exception that a session closed with, and its first cause, as a sentence of an error."""
    return (
        f"The job reported {_told(exception, exception['message'].strip()).removesuffix('.')}.{first_cause(exception)}"
    )


def first_cause(exception: PipesException) -> str:
    """What `Task not serializable` or `Job aborted` do not say; its first line, since the event log has it whole."""
    first = exception
    while first.get("cause"):
        first = cast("PipesException", first["cause"])
    if first is exception:
        return ""
    line = (first["message"].strip().splitlines() or [""])[0][:_SHOWN_CAUSE_CHARACTERS]
    return f" The first cause was {_told(first, line).removesuffix('.')}."


def _told(exception: PipesException, message: str) -> str:
    """Name and message. Python's message begins with the name, or is the name alone, and the name comes once."""
    name = exception.get("name") or "an exception"
    own_name = message.partition("\n")[0].partition(":")[0].strip()
    if own_name == name or own_name.endswith((f".{name}", f"${name}")):
        return message
    return f"{name}: {message}" if message else name
