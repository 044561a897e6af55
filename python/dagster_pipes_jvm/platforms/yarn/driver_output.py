"""The output of a failed driver on YARN, which is in the log of its container and not in that of spark-submit."""

import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event

from dagster_pipes_jvm.errors import PassingFaultError, PipesJvmError
from dagster_pipes_jvm.platforms.yarn.log_readers import AggregatedLogs, YarnCommand
from dagster_pipes_jvm.read.logs.source import LogSource
from dagster_pipes_jvm.submit.causes import cause_in, with_cause

OpenLogs = Callable[[Mapping[str, str]], LogSource | None]
"""Opens the logs of an application by what is known of it: `application_id` and `yarn_tag`."""

_APPLICATION = re.compile(r"\b[Aa]pplication (?:report for )?(application_\d+_\d+)\b")
_POLL_SECONDS = 1.0
_MOST_LINES = 400


def application_in(stderr: Sequence[str]) -> str | None:
    """The id of the application that a spark-submit has started, from its stderr."""
    found = [match[1] for line in stderr if (match := _APPLICATION.search(line))]
    return found[-1] if found else None


def logs_by_command(environment: Mapping[str, str], call: str) -> OpenLogs:
    """Opens logs with Hadoop's `yarn`, if it is on the `PATH` of an environment.

    Args:
        environment: the environment of the submission.
        call: the client, for errors.
    """

    def open_logs(known: Mapping[str, str]) -> LogSource | None:
        command = shutil.which("yarn", path=environment.get("PATH"))
        if command is None:
            return None
        return AggregatedLogs(
            YarnCommand([command], environment, call), known.get("application_id"), known.get("yarn_tag")
        )

    return open_logs


def driver_output(source: LogSource, *, wait_seconds: float) -> list[str]:
    """The last lines of a driver's output; empty if they cannot be read.

    Args:
        source: the logs of an application that has ended.
        wait_seconds: how long to wait for a log that shows an exception. YARN moves the logs after the end.
    """
    give_up_at = time.monotonic() + wait_seconds
    logs: dict[tuple[str, str], bytes] = {}
    try:
        while True:
            try:
                for part in source.poll():
                    data = part.data if isinstance(part.data, bytes) else part.data.encode()
                    logs[part.log, part.stream] = logs.get((part.log, part.stream), b"") + data
            except PassingFaultError:
                pass
            lines = with_cause(_lines(logs, "stdout"), _lines(logs, "stderr"))
            if cause_in(lines) is not None or time.monotonic() >= give_up_at:
                return lines
            Event().wait(_POLL_SECONDS)
    except PipesJvmError:
        return []  # The error of the job matters more, and it names the command that shows the log.
    finally:
        source.close()


def _lines(logs: Mapping[tuple[str, str], bytes], stream: str) -> list[str]:
    text = b"".join(data for (_, of_stream), data in sorted(logs.items()) if of_stream == stream)
    return text.decode("utf-8", "replace").splitlines()[-_MOST_LINES:]
