import stat
from pathlib import Path

import pytest

from dagster_pipes_jvm import (
    InvalidParameterError,
    PassingFaultError,
    PipesJvmYarnLogMessageReader,
    PipesJvmYarnLogReader,
)
from dagster_pipes_jvm.platforms.yarn.log_readers import container_logs
from dagster_pipes_jvm.read.logs.source import LogSource

APPLICATION = "application_1795637418178_0001"
DRIVER = "container_1795637418178_0001_01_000001"
SECOND = "container_e02_1795637418178_0001_02_000001"
EXECUTOR = "container_1795637418178_0001_01_000002"


def printed(container: str, name: str, content: str, *, is_running: bool = False) -> str:
    """As Hadoop 3.5 prints it, of a running and of an ended application."""
    node = "localhost:41153" if is_running else "localhost_41153"
    kind = "LOCAL" if is_running else "AGGREGATED"
    end = (
        f".This log file belongs to a running container ({container}) and so may not be complete." if is_running else ""
    )
    return (
        f"Container: {container} on {node}\nLogAggregationType: {kind}\n{'=' * 68}\nLogType:{name}\n"
        f"LogLastModifiedTime:Wed Nov 25 20:10:47 +0000 2026\nLogLength:{len(content.encode())}\nLogContents:\n"
        f"{content}\nEnd of LogType:{name}{end}\n{'*' * 71}\n\n\n"
    )


def test_contents_are_counted_whatever_stands_in_them() -> None:
    tricky = "é\nEnd of LogType:stdout\nContainer: container_9 on x\nLogType:stderr\nLogLength:3\nLogContents:\nabc\n"
    text = "Specified ALL for -am option. Printed logs for all am containers.\n" + printed(DRIVER, "stdout", tricky)
    text += printed(DRIVER, "stderr", "") + printed(SECOND, "stdout", "no end")
    assert list(container_logs(text.encode())) == [
        (DRIVER, "stdout", tricky.encode()),
        (DRIVER, "stderr", b""),
        (SECOND, "stdout", b"no end"),
    ]


class Yarn:
    """A `yarn` that prints what a test says, or fails."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.command = [str(directory / "yarn")]
        (directory / "yarn").write_text(
            f"#!/bin/sh\necho \"$@\" >> '{directory}/calls'\n[ -e '{directory}/'$1 ] && cat '{directory}/'$1\n"
        )
        (directory / "yarn").chmod(stat.S_IRWXU)

    def prints(self, subcommand: str, text: str) -> None:
        (self.directory / subcommand).write_text(text)


def read(logs: LogSource) -> list[tuple[str, str, int]]:
    return [(part.log, part.data.decode(), part.attempt) for part in logs.poll() if isinstance(part.data, bytes)]


def opened(reader: PipesJvmYarnLogMessageReader, **known: str) -> LogSource:
    logs = reader.open_logs(known)
    assert logs is not None
    return logs


def test_the_drivers_of_all_attempts_are_read_once_from_what_yarn_prints(tmp_path: Path) -> None:
    yarn = Yarn(tmp_path)
    logs = opened(PipesJvmYarnLogMessageReader(yarn_command=yarn.command), application_id=APPLICATION)
    assert read(logs) == []  # Not running yet, or not aggregated yet: the command fails.
    yarn.prints("logs", printed(DRIVER, "stdout", "one\n", is_running=True) + printed(EXECUTOR, "stdout", "executor\n"))
    assert read(logs) == [(f"{DRIVER}/stdout", "one\n", 1)]
    yarn.prints(
        "logs",
        printed(SECOND, "stdout", "again\n")
        + printed(DRIVER, "stderr", "e\n")
        + printed(DRIVER, "stdout", "one\ntwo\n"),
    )
    assert read(logs) == [
        (f"{DRIVER}/stdout", "two\n", 1),
        (f"{DRIVER}/stderr", "e\n", 1),
        (f"{SECOND}/stdout", "again\n", 2),
    ]
    assert read(logs) == []
    assert f"logs -applicationId {APPLICATION} -am ALL -log_files stdout stderr" in (tmp_path / "calls").read_text()


def test_an_application_is_found_by_its_tag(tmp_path: Path) -> None:
    yarn = Yarn(tmp_path)
    reader = PipesJvmYarnLogMessageReader(yarn_command=yarn.command)
    assert reader.open_logs({}) is None
    logs = opened(reader, yarn_tag="dagster-pipes-1")
    with pytest.raises(PassingFaultError, match="application ended with 1"):
        read(logs)
    yarn.prints("application", "Total number of applications: 0\n")
    assert read(logs) == []
    yarn.prints("application", f"{APPLICATION}\tjob\tSPARK\n")
    yarn.prints("logs", printed(DRIVER, "stdout", "one\n"))
    assert read(logs) == [(f"{DRIVER}/stdout", "one\n", 1)]
    assert "application -list -appTags dagster-pipes-1 -appStates ALL" in (tmp_path / "calls").read_text()


def test_log_directories_are_followed_without_a_command(tmp_path: Path) -> None:
    directories = [tmp_path / "disk1", tmp_path / "disk2"]
    for directory in directories:
        directory.mkdir()
    logs = opened(PipesJvmYarnLogMessageReader(log_dirs=directories, yarn_command=["none"]), application_id=APPLICATION)
    assert read(logs) == []
    for directory, container in zip(directories, (DRIVER, SECOND), strict=True):
        (directory / APPLICATION / container).mkdir(parents=True)
        (directory / APPLICATION / container / "stdout").write_text(f"{container}\n")
    (directories[1] / APPLICATION / EXECUTOR).mkdir()
    (directories[1] / APPLICATION / EXECUTOR / "stdout").write_text("executor\n")
    found = read(logs)
    assert [(data, attempt) for _, data, attempt in found] == [(f"{DRIVER}\n", 1), (f"{SECOND}\n", 2)]
    assert read(logs) == []
    logs.close()


def test_a_missing_command_or_directory_is_told_with_what_to_do(tmp_path: Path) -> None:
    logs = PipesJvmYarnLogReader(APPLICATION, yarn_command=[str(tmp_path / "none")]).open_logs({})
    assert logs is not None
    with pytest.raises(InvalidParameterError, match=r"`yarn_command` of `PipesJvmYarnLogReader`.*with `log_dirs`"):
        read(logs)
    with pytest.raises(
        InvalidParameterError, match=r"`log_dirs` of `PipesJvmYarnLogReader`.*`yarn logs` is asked then"
    ):
        PipesJvmYarnLogReader(APPLICATION, log_dirs=[tmp_path / "none"])
