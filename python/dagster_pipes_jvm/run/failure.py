"""The text of a failed job's error: the reason with the remedy in its first line, and the end of the job's output."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import see, sentence
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.redaction import SPARK_KEY, secrets_of, shown_text
from dagster_pipes_jvm.submit.causes import cause_in, exit_code_in, is_killed, lacks_memory

_SHOWN_LINES = 40
_SHOWN_LINE_CHARACTERS = 800
_SHOWN_LINE_END_CHARACTERS = 200
_SHOWN_FRAMES = 3
_SHOWN_CAUSE_CHARACTERS = 1_000
_PYTHONS_OWN_CODE = 2
_SIGNAL_CODES = 128

# Each Spark prints these, also if all is well.
_HARMLESS = re.compile(
    r"WARNING: Using incubator modules: jdk\.incubator\.vector"
    r"|.* WARN NativeCodeLoader: Unable to load native-hadoop library for your platform"
)

# The reason of a failure also if the job has reported an exception, which is only an effect of it.
DECISIVE = [
    (
        r"Application has been killed\. Reason: All masters are unresponsive",
        "No master of Spark answers: check host and port in `master`, and that the cluster runs.",
        "master",
    ),
]

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
        r"(?P<what>s3[an]?://[^\s'`\"]*[^\s'`\":.,]).*(The specified bucket does not exist|NoSuchBucket)",
        "The bucket of {what} does not exist: create it, or correct the path.",
        "s3-access",
    ),
    (
        r"(NoAuthWithAWSException|No AWS Credentials provided|Unable to load credentials)",
        "The driver has no AWS credentials ({what}): give them to the client in `env`, or give its machine a role.",
        "s3-access",
    ),
    (
        r"(?P<what>s3[an]?://[^\s'`\"]*[^\s'`\":.,]).*(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|Code: 403)",
        "S3 does not let the driver use {what}: check the credentials that the driver has, and their rights.",
        "s3-access",
    ),
    (
        r"(NoSuchBucket|InvalidAccessKeyId|SignatureDoesNotMatch|\bS3\b.*Status Code: 40[34])",
        "S3 refused the job ({what}): check the bucket, and the credentials that the driver has.",
        "s3-access",
    ),
    (
        r"Could not parse Master URL: '(?P<what>[^']*)'|Master must either be .*|Invalid master URL: (?P<what_else>\S+)",
        "Spark knows no master of this form ({what}): correct `master`, such as `local[*]`, `yarn` or `spark://HOST:7077`.",
        "master",
    ),
    (
        r"ModuleNotFoundError: No module named '(?P<what>[^']+)'",
        "The driver's Python has no module {what}: set `python` of the client to one that has it, or pass it in `py_files`.",
        "pyspark-python",
    ),
    (
        r"File \"(?P<what>[^\"]+)\", line (?P<line>\d+)\n(.*\n){0,3}(?P<error>(Syntax|Indentation|Tab)Error: .*)",
        "Python refuses {what}, line {line}: {error}. Correct it, or set `python` of the client to a newer Python.",
        "spark-submit-failed",
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
    """The lines without harmless ones, with long lines and long runs of stack frames cut to their first part."""
    kept: list[str] = []
    frames = 0
    for line in [*(_cut(line) for line in lines if not _HARMLESS.match(line)), ""]:
        is_frame = line.startswith("\tat ")
        if is_frame and frames >= _SHOWN_FRAMES:
            frames += 1
            continue
        if frames > _SHOWN_FRAMES and not is_frame:
            kept.append(f"\t... {frames - _SHOWN_FRAMES} frames, see the compute logs")
        frames = frames + 1 if is_frame else 0
        kept.append(line)
    return kept[:-1]


def _cut(line: str) -> str:
    more = len(line) - _SHOWN_LINE_CHARACTERS - _SHOWN_LINE_END_CHARACTERS
    if more <= 0:
        return line
    # Our errors end with their remedy.
    start, end = line[:_SHOWN_LINE_CHARACTERS], line[-_SHOWN_LINE_END_CHARACTERS:]
    return f"{start} ... ({more:,} more characters, see the compute logs) ... {end}"


def end_of_output(tail: Sequence[str]) -> str:
    """The last lines of the driver's stderr as an error shows them, behind the last exception if it is further up."""
    cause = cause_in(tail)
    end = end_of_stderr(tail)
    if cause is None or "\n".join(_condensed(cause.lines)) in end:
        return end
    return "The last exception in the driver's output:\n" + "\n".join(_condensed(cause.lines)) + f"\n{end}"


@dataclass(frozen=True)
class Why:
    """The reason of a failure in the order of a reader.

    Args:
        headline: the reason and the remedy, for the first line of the error. Empty if nothing shows a reason.
        detail: the exception behind a headline that has it in other words, as a sentence. Empty if there is none.
        has_remedy: whether the headline ends with a remedy and its link.
    """

    headline: str
    detail: str = ""
    has_remedy: bool = False


def why(
    tail: Sequence[str],
    exception: PipesException | None,
    exit_code: int | None = None,
    *,
    is_script: bool = False,
) -> Why:
    """The reason of a failure, as far as the job, its output or its exit code tell it.

    Args:
        tail: the end of the driver's output. The words of the job go before it.
        exception: the exception that the job reported, if it reported one.
        exit_code: as for `reason`.
        is_script: as for `reason`.
    """
    if exception:
        told = what_was_reported(exception)
        words = [text for one in _chain(exception) for text in (one.get("name") or "", one["message"])]
        own = remedy(tail, DECISIVE) or remedy(words)
        other = memory_advice((), exit_code)
    else:
        told, cause = reason(tail, exit_code, is_script=is_script), cause_in(tail)
        own = remedy(tail, DECISIVE) or (
            # An exception is no reason if the script ended itself.
            remedy([cause.text, *cause.lines]) if cause and cause.text in told else ""
        )
        # That of another line may not belong to the last exception, so the exception has the first word.
        other = "" if own else remedy(tail)
    if own:
        return Why(f"{own} {other}".rstrip(), told, has_remedy=True)
    return Why(f"{told} {other}".strip(), has_remedy=bool(other or memory_advice(tail, exit_code)))


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
    why = f"The last exception in the driver's output is {sentence(cause.text)}" if cause else ""
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


def remedy(lines: Sequence[str], remedies: Sequence[tuple[str, str, str]] = REMEDIES) -> str:
    """The reason in plain words and its remedy, with a link; empty if the lines show no known reason."""
    text = "\n".join(lines)
    for pattern, advice, anchor in remedies:
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            groups = found.groupdict()
            groups["what"] = groups.get("what") or groups.get("what_else") or found.group(0)
            return f"{advice.format(**groups)} {see(anchor)}"
    return ""


def what_was_reported(exception: PipesException) -> str:
    """The exception that a session closed with, and its first cause, as a sentence of an error."""
    return (
        f"The job reported {_told(exception, exception['message'].strip()).removesuffix('.')}.{first_cause(exception)}"
    )


def first_cause(exception: PipesException) -> str:
    """What `Task not serializable` or `Job aborted` do not say; its first line, since the event log has it whole."""
    *_, first = _chain(exception)
    if first is exception:
        return ""
    line = (first["message"].strip().splitlines() or [""])[0][:_SHOWN_CAUSE_CHARACTERS]
    return f" The first cause was {_told(first, line).removesuffix('.')}."


def _chain(exception: PipesException) -> Iterator[PipesException]:
    """The exception and its causes, the first cause last."""
    yield exception
    while exception.get("cause"):
        exception = cast("PipesException", exception["cause"])
        yield exception


def _told(exception: PipesException, message: str) -> str:
    """Name and message. Python's message begins with the name, or is the name alone, and the name comes once."""
    name = exception.get("name") or "an exception"
    own_name = message.partition("\n")[0].partition(":")[0].strip()
    if own_name == name or own_name.endswith((f".{name}", f"${name}")):
        return message
    return f"{name}: {message}" if message else name
