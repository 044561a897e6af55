"""The limits of Linux for the arguments and the environment of a process, checked before it starts.

Source: https://man7.org/linux/man-pages/man2/execve.2.html, "Limits on size of arguments and environment".
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.submit.cluster_strings import DriverStrings
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

MAX_STRING_BYTES = 32 * 4096
"""MAX_ARG_STRLEN with pages of 4 KiB: the longest argument, or variable with its name, including the NUL at its end."""

# spark-submit starts a JVM with the same arguments, a class path and options of its own.
_SPARKS_OWN_BYTES = 64 * 1024
# The rest of the command by which YARN starts a driver: java, its options and places.
_LAUNCH_COMMAND_BYTES = 8 * 1024
_POINTER_BYTES = 8
_MAX_TOTAL_BYTES = 6 * 1024 * 1024
_SHOWN_PARAMETERS = 3
_REMEDY = (
    "Pass long values in Pipes `extras`, or put them into a file or an object that the job reads, and pass its place."
)


@dataclass(frozen=True)
class ProcessLimits:
    """The limits of one machine.

    Args:
        string_bytes: the longest argument or variable, with its NUL.
        total_bytes: the length of all of them, with their NULs and pointers.
    """

    string_bytes: int
    total_bytes: int

    @classmethod
    def of_this_machine(cls) -> "ProcessLimits":
        """The limits for processes that this process starts."""
        # With an unlimited stack sysconf knows no limit, but the kernel does.
        total = os.sysconf("SC_ARG_MAX")
        return cls(32 * os.sysconf("SC_PAGE_SIZE"), min(total, _MAX_TOTAL_BYTES) if total > 0 else _MAX_TOTAL_BYTES)


def check_process(
    job: SparkJob, words: Sequence[str], environment: Mapping[str, str], limits: ProcessLimits, *, call: str
) -> None:
    """Refuse a process that the system would not start, with the error "Argument list too long".

    Args:
        job: the job, whose parameters the error names.
        words: program and arguments.
        environment: the whole environment.
        limits: those of the machine.
        call: the client, whose parameters the error names, too.

    Raises:
        InvalidParameterError: an argument, a variable or all of them together exceed the limit.
    """
    lengths = [(name, _bytes(word) + 1, word) for name, word in _named(job, words)]
    variables = [(f"env[{name!r}]", _bytes(f"{name}={value}") + 1, "") for name, value in environment.items()]
    for name, length, _ in (*lengths, *variables):
        if length > limits.string_bytes:
            raise InvalidParameterError(
                parameter=name,
                call=call if name.startswith("env[") else "SparkJob",
                expected=f"at most {limits.string_bytes - 1:,} bytes, which is the longest string that Linux passes to a process",
                got=f"{length - 1:,} bytes: {length - limits.string_bytes:,} too many",
                remedy=_REMEDY,
                anchor="argument-size",
            )
    total = sum(length + _POINTER_BYTES for _, length, _ in (*lengths, *variables))
    limit = limits.total_bytes - _SPARKS_OWN_BYTES
    if total > limit:
        of_environment = sum(length + _POINTER_BYTES for _, length, _ in variables)
        of_args = sum(length + _POINTER_BYTES for name, length, _ in lengths if name.startswith("args["))
        raise InvalidParameterError(
            parameter="args" if 2 * of_args > total - of_environment else "conf",
            call="SparkJob",
            expected=f"arguments and environment of at most {limit:,} bytes, which Linux passes to a process of this machine",
            got=f"{total:,} bytes: {total - limit:,} too many. `args` have {of_args:,}, the other options"
            f" {total - of_args - of_environment:,}, and the environment has {of_environment:,}. The longest are"
            f" {_longest({name: length for name, length, _ in (*lengths, *variables)})}",
            remedy=_REMEDY,
            anchor="argument-size",
        )


def check_launch_command(submit: SparkSubmit) -> None:
    """Refuse a driver that YARN could not start: its whole command is one argument of a shell.

    Raises:
        InvalidParameterError: it is too long.
    """
    if not submit.is_yarn_cluster:
        return
    lengths = DriverStrings(submit).launch_command_bytes()
    total, limit = sum(lengths.values()), MAX_STRING_BYTES - _LAUNCH_COMMAND_BYTES
    if total > limit:
        raise InvalidParameterError(
            parameter="args",
            call="SparkJob",
            expected=f"arguments and Java options of at most {limit:,} bytes together, because YARN passes the command of a"
            " driver to a shell as one string",
            got=f"{total:,} bytes: {total - limit:,} too many. The longest are {_longest(lengths)}",
            remedy=_REMEDY,
            anchor="argument-size",
        )


def _named(job: SparkJob, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The words of a command, each with the parameter that it comes from."""
    names: dict[str, str] = {f"{key}={value}": f"conf[{key!r}]" for key, value in job.conf.items()}
    names |= {",".join(getattr(job, parameter)): parameter for parameter in ("jars", "py_files", "files")}
    names |= {arg: f"args[{index}]" for index, arg in enumerate(job.args)}
    for word in words:
        key = word.partition("=")[0]
        yield names.get(word, f"conf[{key!r}]" if key.startswith("spark.") else "application"), word


def _longest(lengths: Mapping[str, int]) -> str:
    longest = sorted(lengths, key=lambda name: -lengths[name])[:_SHOWN_PARAMETERS]
    return ", ".join(f"`{name}` with {lengths[name]:,}" for name in longest)


def _bytes(text: str) -> int:
    return len(os.fsencode(text))
