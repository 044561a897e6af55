"""The logs of a driver in a YARN container: by `yarn logs`, or in the log directories of node managers."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

from dagster_pipes_jvm.errors import InvalidParameterError, PassingFaultError
from dagster_pipes_jvm.platforms.yarn.applications import ALL_STATES, listed, listing
from dagster_pipes_jvm.read.logs.file import FollowedFile
from dagster_pipes_jvm.read.logs.messages import PipesJvmLogMessageReader
from dagster_pipes_jvm.read.logs.output import Stream
from dagster_pipes_jvm.read.logs.reader import PipesJvmLogReader
from dagster_pipes_jvm.read.logs.source import LogPart, LogSource

_STREAMS: tuple[Literal["stdout"], Literal["stderr"]] = ("stdout", "stderr")
# The first container of an attempt is the application master's, which is the driver in cluster mode. Source:
# https://hadoop.apache.org/docs/stable/api/org/apache/hadoop/yarn/api/records/ContainerId.html
_DRIVER = re.compile(r"container_(?:e\d+_)?\d+_\d+_(\d+)_0*1")
_CONTAINER = re.compile(rb"^Container: (container_\w+) on ", re.MULTILINE)
_HEAD = re.compile(rb"^LogType:(\S+)\n(?:Log\w+:.*\n)*?LogLength:(\d+)\nLogContents:\n", re.MULTILINE)
_COMMAND_SECONDS = 120.0
_SHOWN_CHARACTERS = 500


class YarnCommand:
    """Hadoop's `yarn`, as it is installed on gateways and on EMR's nodes.

    Args:
        command: the program, and arguments that stand before its own.
        environment: variables beside those of this process, such as `HADOOP_CONF_DIR`.
        call: the public class whose parameters these are.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], call: str) -> None:
        self._command = tuple(command)
        self._environment = dict(environment)
        self._call = call

    def application(self, tag: str) -> str | None:
        """The id of the application with this tag, `None` while there is none.

        Raises:
            PassingFaultError: the command failed.
            PipesJvmError: there is no such command.
        """
        done = self._run(*listing(tag, ALL_STATES))
        found = listed(done.stdout.decode("utf-8", "replace"))
        return found[-1] if found else None

    def logs(self, application_id: str) -> bytes | None:
        """What `yarn logs` prints for the drivers of all attempts; `None` while there is nothing.

        Raises:
            PassingFaultError: it took too long.
            PipesJvmError: there is no such command.
        """
        arguments = ("logs", "-applicationId", application_id, "-am", "ALL", "-log_files", *_STREAMS)
        done = self._run(*arguments, may_fail=True)
        # It fails where an application has not started, and where its logs have not been aggregated yet.
        return done.stdout if done.returncode == 0 else None

    def _run(self, *arguments: str, may_fail: bool = False) -> "subprocess.CompletedProcess[bytes]":
        try:
            done = subprocess.run(
                [*self._command, *arguments],
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_COMMAND_SECONDS,
            )
        except subprocess.TimeoutExpired as e:
            raise PassingFaultError(str(e)) from e
        except OSError as e:
            raise InvalidParameterError(
                parameter="yarn_command",
                call=self._call,
                expected="Hadoop's `yarn`, which can be run here",
                got=f"{' '.join(self._command)} ({e})",
                remedy="Install Hadoop's client, name it, or read the logs with `log_dirs`.",
                anchor="log-lines",
            ) from e
        if done.returncode and not may_fail:
            text = done.stderr.decode("utf-8", "replace").strip()[-_SHOWN_CHARACTERS:]
            raise PassingFaultError(f"{' '.join(self._command)} {arguments[0]} ended with {done.returncode}: {text}")
        return done


class AggregatedLogs(LogSource):
    """What `yarn logs` knows of an application: of a running one from its nodes, of an ended one once it is aggregated.

    Args:
        yarn: the command.
        application_id: the application, `None` where it is known by its tag.
        tag: an entry of its `spark.yarn.tags`.
    """

    def __init__(self, yarn: YarnCommand, application_id: str | None, tag: str | None) -> None:
        self._yarn = yarn
        self._application_id = application_id
        self._tag = tag
        self._positions: dict[tuple[str, str], int] = {}
        self.name = f"the log of {application_id or f'the YARN application with tag {tag}'}"

    def poll(self) -> Iterator[LogPart]:
        """What was written since the last call.

        Raises:
            PassingFaultError: the command failed or took too long.
            PipesJvmError: there is no such command.
        """
        if self._application_id is None:
            self._application_id = self._yarn.application(self._tag or "")
        if self._application_id is None:
            return
        printed = self._yarn.logs(self._application_id)
        if printed is None:
            return
        for container, stream, body in sorted(container_logs(printed), key=lambda log: (log[0], log[1] != "stdout")):
            driver = _DRIVER.fullmatch(container)
            position = self._positions.get((container, stream), 0)
            if driver is None or len(body) <= position:
                continue
            self._positions[container, stream] = len(body)
            yield LogPart(f"{container}/{stream}", cast("Stream", stream), body[position:], int(driver[1]))


class NodeLogs(LogSource):
    """The log directories of node managers on this machine or a mount: `DIRECTORY/APPLICATION/CONTAINER/{stdout,stderr}`.

    Args:
        directories: what `yarn.nodemanager.log-dirs` names.
        yarn: asked for an application that is known by its tag.
        application_id: see `AggregatedLogs`.
        tag: see there.
    """

    def __init__(
        self, directories: Sequence[Path], yarn: YarnCommand, application_id: str | None, tag: str | None
    ) -> None:
        self._directories = directories
        self._yarn = yarn
        self._application_id = application_id
        self._tag = tag
        self._files: dict[Path, FollowedFile] = {}
        self.name = f"the log of {application_id or f'the YARN application with tag {tag}'}"

    def poll(self) -> Iterator[LogPart]:
        """What was written since the last call.

        Raises:
            PassingFaultError: a file cannot be read, or the command failed.
            PipesJvmError: there is no such command.
        """
        if self._application_id is None:
            self._application_id = self._yarn.application(self._tag or "")
        if self._application_id is None:
            return
        for directory in self._directories:
            for container in (directory / self._application_id).glob("container_*"):
                driver = _DRIVER.fullmatch(container.name)
                for stream in _STREAMS if driver else ():
                    path = container / stream
                    if path not in self._files and driver:
                        self._files[path] = FollowedFile(path, stream, attempt=int(driver[1]))
        for path in sorted(self._files, key=lambda path: (path.parent.name, path.name != "stdout")):
            yield from self._files[path].poll()

    def notes(self) -> Iterator[str]:
        """What happened to the files."""
        for file in self._files.values():
            yield from file.notes()

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


class _Where:
    """What a caller gave, laid over with what a client reports."""

    def __init__(
        self,
        application_id: str | None,
        log_dirs: Sequence[str | os.PathLike[str]] | None,
        yarn_command: Sequence[str],
        env: Mapping[str, str] | None,
        call: str,
    ) -> None:
        self._application_id = application_id
        self._directories = None if log_dirs is None else [Path(directory) for directory in log_dirs]
        self._yarn = YarnCommand(yarn_command, env or {}, call)
        for directory in self._directories or ():
            if not directory.is_dir():
                raise InvalidParameterError(
                    parameter="log_dirs",
                    call=call,
                    expected="directories that yarn.nodemanager.log-dirs names, as this machine sees them",
                    got=repr(str(directory)),
                    remedy="Correct it, or leave `log_dirs` out: `yarn logs` is asked then.",
                    anchor="log-lines",
                )

    def open(self, known: Mapping[str, Any]) -> LogSource | None:
        """The logs, once the application or its tag is known."""
        application_id, tag = known.get("application_id", self._application_id), known.get("yarn_tag")
        if not application_id and not tag:
            return None
        if self._directories is not None:
            return NodeLogs(self._directories, self._yarn, application_id, tag)
        return AggregatedLogs(self._yarn, application_id, tag)


class PipesJvmYarnLogMessageReader(PipesJvmLogMessageReader):
    """Finds messages in the container log of a driver on YARN, in cluster mode, and forwards the other lines.

    For jobs that share neither a file nor a store with Dagster. `PipesSparkSubmitClient` reports the tag of the application
    that it submits; other clients report `application_id` or `yarn_tag` as launched.

    Args:
        application_id: the application; `None` where the client reports it.
        log_dirs: what `yarn.nodemanager.log-dirs` names, where this machine sees it: messages then come as they are written.
            By default `yarn logs` is asked, which takes seconds of a CPU, and for an ended application needs YARN's log
            aggregation.
        yarn_command: Hadoop's `yarn`, and arguments that stand before its own.
        env: variables for it beside those of this process, such as `HADOOP_CONF_DIR`.
        stream: see `PipesJvmLogMessageReader`. On YARN a PySpark driver's stderr is in its stdout log.
        buffered: see there.
        poll_interval_seconds: see there; by default 10, with `log_dirs` 0.5.
        wait_for_logs_seconds: see there.
        quiet_seconds: see there; by default as `poll_interval_seconds`.
        require_closed: see there.

    Source: https://hadoop.apache.org/docs/stable/hadoop-yarn/hadoop-yarn-site/YarnCommands.html#logs
    """

    sees_attempts = True

    def __init__(
        self,
        *,
        application_id: str | None = None,
        log_dirs: Sequence[str | os.PathLike[str]] | None = None,
        yarn_command: Sequence[str] = ("yarn",),
        env: Mapping[str, str] | None = None,
        stream: Stream = "stdout",
        buffered: bool = False,
        poll_interval_seconds: float | None = None,
        wait_for_logs_seconds: float = 60.0,
        quiet_seconds: float | None = None,
        require_closed: bool = False,
    ) -> None:
        super().__init__(
            stream=stream,
            buffered=buffered,
            poll_interval_seconds=poll_interval_seconds or _interval_seconds(log_dirs),
            wait_for_logs_seconds=wait_for_logs_seconds,
            quiet_seconds=_interval_seconds(log_dirs) if quiet_seconds is None else quiet_seconds,
            require_closed=require_closed,
        )
        self._where = _Where(application_id, log_dirs, yarn_command, env, type(self).__name__)

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        """The logs of the driver, once its application is known."""
        return self._where.open(known)

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to read messages from the {self._stream} log of the driver's YARN container, for"
            f" {self._patience.wait_seconds:.0f} s after the job's end. `yarn logs` shows the log of an ended application only"
            " where yarn.log-aggregation-enable is true."
        )


class PipesJvmYarnLogReader(PipesJvmLogReader):
    """Forwards the container logs of a driver on YARN, of all attempts, in order and once.

    Args:
        application_id: the application.
        log_dirs: see `PipesJvmYarnLogMessageReader`.
        yarn_command: see there.
        env: see there.
        poll_interval_seconds: see there.
        wait_for_logs_seconds: see `PipesJvmLogReader`.
        quiet_seconds: see there; by default as `poll_interval_seconds`.
        options: `target_stream` and `debug_info`, see there.
    """

    def __init__(
        self,
        application_id: str,
        *,
        log_dirs: Sequence[str | os.PathLike[str]] | None = None,
        yarn_command: Sequence[str] = ("yarn",),
        env: Mapping[str, str] | None = None,
        poll_interval_seconds: float | None = None,
        wait_for_logs_seconds: float = 60.0,
        quiet_seconds: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            poll_interval_seconds=poll_interval_seconds or _interval_seconds(log_dirs),
            wait_for_logs_seconds=wait_for_logs_seconds,
            quiet_seconds=_interval_seconds(log_dirs) if quiet_seconds is None else quiet_seconds,
            **options,
        )
        self._application_id = application_id
        self._where = _Where(application_id, log_dirs, yarn_command, env, type(self).__name__)

    @property
    def name(self) -> str:
        """The class and the application."""
        return f"{type(self).__name__}({self._application_id})"

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:  # noqa: ARG002
        """The logs of the driver."""
        return self._where.open({})


def container_logs(printed: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Container, log and content of everything that `yarn logs` printed; contents are counted, whatever stands in them."""
    at = 0
    container = ""
    while (head := _HEAD.search(printed, at)) is not None:
        names = _CONTAINER.findall(printed, at, head.start())
        container = names[-1].decode() if names else container
        at = min(head.end() + int(head[2]), len(printed))
        yield container, head[1].decode(), printed[head.end() : at]


def _interval_seconds(log_dirs: Sequence[str | os.PathLike[str]] | None) -> float:
    return 10.0 if log_dirs is None else 0.5
