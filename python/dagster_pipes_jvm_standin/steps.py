"""A step as processes of this machine: its command, its environment, its output under `LogUri`.

On EMR a step is `hadoop jar JAR ARGS` on the primary node, and `command-runner.jar` runs any command there:
https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-commandrunner.html
"""

import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dagster_pipes_jvm.submit.causes import cause_in, is_killed, with_cause
from dagster_pipes_jvm_standin import _command, configurations
from dagster_pipes_jvm_standin._jvm import LOOPBACK
from dagster_pipes_jvm_standin._options import Options
from dagster_pipes_jvm_standin.aws_environment import NO_AWS_FILES, without_secrets

_SCRIPT_RUNNER = re.compile(r"(s3://([a-z0-9-]+\.)?elasticmapreduce/libs/script-runner/)?script-runner\.jar")
_ERROR_LINE = re.compile(r"\b[\w.$]*(Exception|Error)\b")
_LOG4J_LINE = re.compile(r"\d\d(\d\d)?[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d\S* (TRACE|DEBUG|INFO|WARN) ")
_MESSAGE_BYTES = 65_536
_MESSAGE_CHARACTERS = 2_048
# Of the starter's environment: what would send a step to another AWS, or to other settings than the cluster's.
_NOT_FOR_STEPS = re.compile(
    r"AWS_\w+|SPARK_\w+|HADOOP_\w+|YARN_\w+|PYSPARK_\w+|PYTHON\w*|DAGSTER_PIPES_\w+|INITIAL_NO_AUTH_ACTION_COUNT"
)


class Store(Protocol):
    """What a step needs of S3: boto3's client."""

    def download_file(self, bucket: str, key: str, path: str, /) -> None:
        """Fetch an object into a file."""


@dataclass(frozen=True)
class Home:
    """A cluster's folder: `conf/` of Spark and Hadoop, `bin/` with the commands of its steps, `steps/` with their output."""

    folder: Path
    environment: Mapping[str, str]


class StepProcess:
    """One step that runs.

    Lifecycle: constructing starts it; `wait` returns its exit code. Its process group may outlive it, as processes that a step
    leaves behind outlive it on EMR; `end_group` ends those.

    Threads: any.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, reaper: "Reaper") -> None:
        self._reaper = reaper
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        self.pid = self._process.pid
        reaper.add(self.pid)

    def wait(self) -> int:
        """Wait for the process itself, and return its exit code; negative is a signal's number."""
        exit_code = self._process.wait()
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            self._reaper.remove(self.pid)  # The number may be another group's from now on.
        return exit_code

    def interrupt(self) -> None:
        """What `SEND_INTERRUPT` does: SIGTERM to the step's process, which ends its own descendants or does not."""
        self._process.send_signal(signal.SIGTERM)

    def end_group(self) -> None:
        """What `TERMINATE_PROCESS` does: SIGKILL to the step and all its descendants."""
        if self._reaper.remove(self.pid):
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


class Reaper:
    """The process groups that run, known to a process that kills them when this one is gone, however it went."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        program = str(Path(__file__).with_name("_reaper.py"))
        self._process = subprocess.Popen([sys.executable, "-I", program], stdin=subprocess.PIPE, start_new_session=True)

    def add(self, group: int) -> None:
        """A group has started."""
        with self._lock:
            self._groups.add(group)
            self._tell(f"+{group}")

    def remove(self, group: int) -> bool:
        """It has ended, or will be ended by the caller; whether it was known."""
        with self._lock:
            known = group in self._groups
            self._groups.discard(group)
            self._tell(f"-{group}")
            return known

    def end_all(self) -> None:
        """End every group now, and the process with it."""
        with self._lock:
            for group in self._groups:
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
            self._groups.clear()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()


def make_home(
    folder: Path,
    given: Sequence[Mapping[str, Any]],
    *,
    options: Options,
    aws_environment: Mapping[str, str],
    core_site: Mapping[str, str],
    yarn_conf: Path | None,
) -> Home:
    """Set a cluster up: its configuration, its commands, and what every step's environment begins with."""
    is_yarn = options.engine == "yarn"
    conf = folder / "conf"
    configurations.write(
        conf,
        given,
        spark_defaults=options.spark_defaults,
        # S3A's buffers hold data, and their default is a folder of /tmp that all users can read.
        core_site={"hadoop.tmp.dir": str(folder / "tmp"), **core_site},
        yarn_conf=yarn_conf if is_yarn else None,
    )
    settings = folder / "settings.json"
    names = ("engine", "spark_home", "local_master")
    settings.write_text(json.dumps({name: getattr(options, name) for name in names}), "utf-8")
    _write_commands(folder / "bin", settings)
    given_here = without_secrets(os.environ)
    inherited = {name: value for name, value in given_here.items() if not _NOT_FOR_STEPS.fullmatch(name)}
    encoding = inherited.get("LC_ALL") or inherited.get("LC_CTYPE") or inherited.get("LANG") or ""
    return Home(
        folder,
        {
            **inherited,
            # The JVM reads its arguments in the locale's character set, and C has ASCII only.
            **({} if "utf" in encoding.lower() else {"LC_ALL": "C.UTF-8"}),
            **aws_environment,
            **NO_AWS_FILES,
            "SPARK_LOCAL_IP": LOOPBACK,
            "PATH": f"{folder / 'bin'}{os.pathsep}{inherited.get('PATH', os.defpath)}",
            "JAVA_HOME": options.java_home,
            "SPARK_HOME": options.spark_home,
            "SPARK_CONF_DIR": str(conf / "spark"),
            "HADOOP_CONF_DIR": str(conf / "hadoop"),
            "YARN_CONF_DIR": str(conf / "hadoop"),
            # As on EMR, S3's file system is on the class path of Spark, before anything of the job is.
            "SPARK_DIST_CLASSPATH": f"{options.s3a_folder}/*" if options.s3a_folder else "",
            "PYSPARK_PYTHON": options.python,
            # A step is `hadoop jar`, and hadoop-env.sh is what that command reads.
            **configurations.exports(given, "hadoop-env"),
        },
    )


def _write_commands(folder: Path, settings: Path) -> None:
    folder.mkdir()
    for name in _command.NAMES:
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {shlex.join(_command.words(settings, name))} "$@"\n', "utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)


def command_of(config: Mapping[str, Any], folder: Path, store: Store) -> list[str]:
    """The command of a step, with a jar or script on S3 fetched.

    Args:
        config: its HadoopJarStep.
        folder: the step's, for what is fetched.
        store: S3.

    Raises:
        Exception: S3's own, where what is to be fetched is not there.
    """
    jar, arguments = str(config.get("Jar") or ""), [str(argument) for argument in config.get("Args") or []]
    if jar.rpartition("/")[2] == "command-runner.jar":
        return arguments
    if _SCRIPT_RUNNER.fullmatch(jar):
        script = _fetched(arguments[0], folder, store) if arguments else ""
        return ["bash", script, *arguments[1:]]
    main_class = config.get("MainClass")
    return ["hadoop", "jar", _fetched(jar, folder, store), *([str(main_class)] if main_class else []), *arguments]


def _fetched(uri: str, folder: Path, store: Store) -> str:
    scheme, found, rest = uri.partition("://")
    if not found or scheme not in ("s3", "s3a", "s3n"):
        return uri.removeprefix("file://")
    bucket, _, key = rest.partition("/")
    path = folder / key.rpartition("/")[2]
    store.download_file(bucket, key, str(path))
    return str(path)


def step_environment(home: Home, cluster_id: str, step_id: str, folder: Path) -> dict[str, str]:
    """The whole environment of a step's process."""
    names = {"EMR_CLUSTER_ID": cluster_id, "EMR_STEP_ID": step_id, "DAGSTER_PIPES_JVM_STEP_FOLDER": str(folder)}
    return {**home.environment, **names}


def found_command(command: Sequence[str], environment: Mapping[str, str]) -> list[str] | None:
    """The command with its program as a path, looked up as a shell would; `None` where there is none."""
    program = shutil.which(command[0], path=environment["PATH"]) if command else None
    return [program, *command[1:]] if program else None


def failure_message(files: Mapping[str, bytes], exit_code: int) -> str:
    """The line that tells most about the end of a step; empty if there is none.

    Args:
        files: the logs of the step and of its containers, by name.
        exit_code: the exit code of the step; negative is a signal's number.
    """
    if is_killed((), exit_code):
        return "Exit code 137: SIGKILL ended the process, as the system does when memory runs out"
    stdout, stderr = _last_lines(files, "stdout"), _last_lines(files, "stderr")
    cause = cause_in(with_cause(stdout, stderr))
    if cause is not None:
        return cause.text[:_MESSAGE_CHARACTERS]
    telling = [line.strip() for line in stderr if line.strip()]
    errors = [line for line in telling if _ERROR_LINE.search(line) and not line.startswith("at ")]
    unlogged = [line for line in telling if not _LOG4J_LINE.match(line)]
    return ((errors or unlogged or telling or [""])[-1])[:_MESSAGE_CHARACTERS]


def _last_lines(files: Mapping[str, bytes], stream: str) -> list[str]:
    log = re.compile(rf"(?:steps/.*|containers/.*_0*1)/{stream}")  # The first container is the driver's.
    ends = [content[-_MESSAGE_BYTES:] for name, content in sorted(files.items()) if log.fullmatch(name)]
    return [line for end in ends for line in end.decode("utf-8", "replace").splitlines()]
