"""How a session ends when its process does: real JVMs that are ended in every way, and what they had to say.

Each starts in about half a second; none needs Spark.
"""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import dagster as dg
import pytest
from dagster_pipes import encode_param

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.dagster_runs import DagsterRuns
from tests.support.pipes_context import pipes_context

PROGRAM = Path(__file__).parent / "jobs" / "Lifecycle.java"
TEXT = "grün \U0001f680 \u2028 \u2029 \x00 \x1f \x7f \u200f \ufeff end"
CONTEXT = pipes_context("probe", extras={"text": TEXT})


@pytest.fixture(scope="module")
def command(conformance_command: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that runs `jobs/Lifecycle.java` on the bridge jar and the AWS SDK."""
    java, _, class_path, _ = conformance_command
    classes = tmp_path_factory.mktemp("lifecycle")
    compiler = [str(Path(java).with_name("javac")) if os.sep in java else "javac", "--release", "8", "-Xlint:-options"]
    subprocess.run([*compiler, "-cp", class_path, "-d", str(classes), str(PROGRAM)], check=True)
    # The second compiler takes longer to start than these programs run.
    return [java, "-XX:TieredStopAtLevel=1", "-cp", f"{classes}{os.pathsep}{class_path}", "Lifecycle"]


class Channel(Protocol):
    """Where a program's messages go, and how a test reads them."""

    params: dict[str, Any]
    env: dict[str, str]

    def messages(self) -> list[dict[str, Any]]: ...


class FileChannel:
    def __init__(self, path: Path) -> None:
        self.path, self.params, self.env = path, {"path": str(path)}, dict[str, str]()

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_bytes().decode("ascii").split("\n")[:-1]]


class S3Channel:
    def __init__(self, s3: LocalS3) -> None:
        self.s3, self.prefix = s3, uuid4().hex
        # Nothing leaves by itself: what arrives was delivered by the close.
        self.params = {"bucket": "pipes", "key_prefix": self.prefix, "upload_interval_millis": 600_000}
        self.env = dict(s3.environment())

    def put(self, name: str, text: str) -> None:
        self.s3.client().put_object(Bucket="pipes", Key=f"{self.prefix}/{name}", Body=text.encode())

    def messages(self) -> list[dict[str, Any]]:
        client = self.s3.client()
        listed = client.list_objects_v2(Bucket="pipes", Prefix=f"{self.prefix}/", Delimiter="/")
        count = sum(item["Key"].endswith(".json") for item in listed.get("Contents", []))
        chunks = [
            client.get_object(Bucket="pipes", Key=f"{self.prefix}/{n}.json")["Body"].read() for n in range(1, count + 1)
        ]
        return [json.loads(line) for chunk in chunks for line in chunk.decode("ascii").split("\n")]


@pytest.fixture(params=["file", "s3"])
def channel(request: pytest.FixtureRequest, tmp_path: Path) -> Channel:
    return S3Channel(request.getfixturevalue("s3")) if request.param == "s3" else FileChannel(tmp_path / "messages")


@pytest.fixture
def file(tmp_path: Path) -> FileChannel:
    return FileChannel(tmp_path / "messages")


@dataclass
class Ended:
    exit_code: int
    stderr: str
    messages: list[dict[str, Any]]

    @property
    def methods(self) -> list[str]:
        return [message["method"] for message in self.messages]

    @property
    def logs(self) -> list[tuple[str, str]]:
        return [(m["params"]["level"], m["params"]["message"]) for m in self.messages if m["method"] == "log"]

    @property
    def exception(self) -> dict[str, Any] | None:
        """What the only `closed`, the last message, carries."""
        assert self.methods[0] == "opened"
        assert self.methods.count("opened") == self.methods.count("closed") == 1
        assert self.methods[-1] == "closed"
        exception: dict[str, Any] | None = self.messages[-1]["params"].get("exception")
        return exception


def run(
    command: list[str],
    channel: Channel,
    *args: str,
    options: Sequence[str] = (),
    env: dict[str, str] | None = None,
    send: signal.Signals | None = None,
    when_ready: Callable[["subprocess.Popen[bytes]"], None] | None = None,
) -> Ended:
    """Run the program to its end; with `send`, by that signal once it says that it is ready."""
    if send is not None:
        when_ready = methodcaller("send_signal", send)
    parameters = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param(channel.params),
    }
    java, *rest = command
    with subprocess.Popen(
        [java, *options, *rest, *args],
        env={**os.environ, **channel.env, **parameters, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            if when_ready is not None:
                assert process.stdout is not None
                assert process.stdout.readline() == b"ready\n"
                when_ready(process)
            _, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
    messages = channel.messages() if not isinstance(channel, FileChannel) or channel.path.exists() else []
    # The AWS SDK's logging facade, at its first request; in the middle of a test of stderr.
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines(True) if not line.startswith("SLF4J: ")]
    return Ended(process.returncode, "".join(lines), messages)


@pytest.mark.parametrize("code", [0, 3])
def test_system_exit_closes_and_says_who_called_it(command: list[str], channel: Channel, code: int) -> None:
    ended = run(command, channel, "exit", str(code))
    assert ended.exit_code == code
    assert ended.exception is None
    (_, before), (level, said) = ended.logs
    assert before == "before"
    assert level == "WARNING"
    assert said.startswith("System.exit was called by Lifecycle.leave(Lifecycle.java:")
    assert "in thread `main` while the Pipes session was open. The exit code cannot be seen" in said
    assert ended.stderr == ""


def test_system_exit_in_another_thread_leaves_no_confusing_error_in_the_one_that_reports(
    command: list[str], channel: Channel
) -> None:
    ended = run(command, channel, "exit-in-another-thread")
    assert ended.exit_code == 0
    assert ended.exception is None
    (said,) = [text for level, text in ended.logs if level == "WARNING"]
    assert "in thread `leaver`" in said
    # One line says that more was to come; it can miss the end of the process.
    assert ended.stderr in (
        "",
        "[dagster-pipes] the process is ending and its Pipes session is closed: a message `log` and any after it are not"
        f" sent. See {PAGE_URL}#process-ended\n",
    )


def test_a_program_that_ends_without_closing_says_so(command: list[str], channel: Channel) -> None:
    ended = run(command, channel, "end")
    assert ended.exit_code == 0
    assert ended.exception is None
    assert [level for level, _ in ended.logs] == ["INFO", "WARNING"]
    assert ended.logs[1][1] == (
        "The Pipes session was not closed: the program came to its end with the session open. Close it with Pipes.run or"
        f" try-with-resources. See {PAGE_URL}#process-ended"
    )


@pytest.mark.parametrize("send", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_the_reason_that_dagster_is_told(
    command: list[str], file: FileChannel, send: signal.Signals
) -> None:
    check_signal(run(command, file, "wait", send=send), send)


def test_a_signal_is_told_over_s3_too(command: list[str], s3: LocalS3) -> None:
    check_signal(run(command, S3Channel(s3), "wait", send=signal.SIGTERM), signal.SIGTERM)


def test_a_request_of_dagsters_ends_the_job_and_is_the_reason(command: list[str], s3: LocalS3) -> None:
    channel = S3Channel(s3)
    channel.params["stop_poll_interval_millis"] = 20
    ended = run(command, channel, "wait", when_ready=lambda _: channel.put("stop", "the run was cancelled"))
    assert ended.exit_code == 128 + signal.SIGTERM
    assert ended.methods == ["opened", "log", "closed"]
    assert ended.exception
    assert ended.exception["name"] == "dagsterpipes.errors.SessionInterrupted"
    assert ended.exception["message"].startswith(
        "Dagster asked the process to stop while the Pipes session was open: the run was cancelled."
    )
    assert any("Lifecycle.main" in line for line in ended.exception["stack"])  # what it was doing
    assert ended.stderr == "[dagster-pipes] Dagster asked this process to stop: the run was cancelled\n"


def check_signal(ended: Ended, send: signal.Signals) -> None:
    assert ended.exit_code == 128 + send
    assert ended.methods == ["opened", "log", "closed"]
    assert ended.exception
    assert ended.exception["name"] == "dagsterpipes.errors.SessionInterrupted"
    assert f"was told to stop from outside ({send.name}) while the Pipes session was open" in ended.exception["message"]
    assert any("Lifecycle.main" in line for line in ended.exception["stack"])  # what it was doing
    assert ended.stderr == ""


def test_an_exception_that_ends_a_thread_is_logged_at_once_and_is_the_reason_at_the_end(
    command: list[str], channel: Channel
) -> None:
    ended = run(command, channel, "uncaught")
    assert ended.exit_code == 0
    (level, text) = ended.logs[1]
    assert level == "ERROR"
    assert text.startswith(
        "Uncaught exception in thread worker: java.lang.IllegalStateException: the worker is lost\n\tat "
    )
    assert "Caused by: java.lang.RuntimeException: a deeper reason" in text
    assert len(ended.logs) == 2
    assert ended.exception
    assert ended.exception["message"] == "the worker is lost"
    assert ended.exception["cause"]["message"] == "a deeper reason"
    # As the JDK prints it where nobody handles it.
    assert ended.stderr.startswith(
        'Exception in thread "worker" java.lang.IllegalStateException: the worker is lost\n\tat '
    )


def test_a_job_that_goes_on_after_a_lost_thread_and_closes_is_no_failure(command: list[str], file: FileChannel) -> None:
    ended = run(command, file, "uncaught-then-closed")
    assert [level for level, _ in ended.logs] == ["ERROR", "INFO"]
    assert ended.exception is None


def test_an_exception_out_of_main_is_the_reason_though_nobody_closed(command: list[str], file: FileChannel) -> None:
    ended = run(command, file, "main-throws")
    assert ended.exit_code == 1
    assert [level for level, _ in ended.logs] == ["INFO", "ERROR"]
    assert ended.exception
    assert ended.exception["message"] == "main is lost"
    assert ended.stderr.startswith('Exception in thread "main" java.lang.IllegalStateException: main is lost')


def test_try_with_resources_tells_the_reason_with_failed(command: list[str], file: FileChannel) -> None:
    ended = run(command, file, "failed")
    assert ended.exit_code == 1
    assert ended.logs == []
    assert ended.exception
    assert ended.exception["message"] == "told by failed"


def test_a_full_heap_is_told(command: list[str], channel: Channel) -> None:
    ended = run(command, channel, "out-of-memory", options=["-Xmx32m"])
    assert ended.exit_code == 1
    assert ended.logs[0] == ("INFO", "before")
    assert ended.exception
    assert ended.exception["name"] == "java.lang.OutOfMemoryError"


def test_a_stack_overflow_is_told(command: list[str], file: FileChannel) -> None:
    ended = run(command, file, "overflow")
    assert ended.exit_code == 1
    assert ended.exception
    assert ended.exception["name"] == "java.lang.StackOverflowError"
    assert any("Lifecycle.deeper" in line for line in ended.exception["stack"])


def test_a_signal_waits_for_a_close_that_is_under_way(command: list[str], file: FileChannel, tmp_path: Path) -> None:
    ended = run(command, file, "slow-close", str(tmp_path / "done"), send=signal.SIGTERM)
    assert ended.exit_code == 128 + signal.SIGTERM
    assert ended.exception is None
    assert (tmp_path / "done").exists()


def test_a_write_that_hangs_does_not_hold_up_the_end_of_the_process(command: list[str], file: FileChannel) -> None:
    ended = run(command, file, "stuck", options=["-Dspark.dagster.pipes.closeTimeoutMillis=0"])
    assert ended.exit_code == 4
    assert "[dagster-pipes] the process ends before its Pipes session could be closed" in ended.stderr


@pytest.mark.parametrize("options", [[], ["-Dfile.encoding=US-ASCII"]], ids=["locale", "file.encoding"])
def test_every_character_arrives_whatever_the_locale(command: list[str], channel: Channel, options: list[str]) -> None:
    ended = run(command, channel, "unicode", options=options, env={"LANG": "C", "LC_ALL": "C"})
    assert [text for _, text in ended.logs] == [TEXT, "lone \ufffd and \ufffd."]
    materialization = ended.messages[3]["params"]
    assert materialization["metadata"] == {TEXT: {"raw_value": TEXT, "type": "__infer__"}}
    assert ended.exception
    assert ended.exception["message"] == TEXT
    assert ended.exception["cause"]["message"] == "lone \ufffd."


@pytest.fixture(params=["file", "s3"])
def client(request: pytest.FixtureRequest) -> Iterator[dg.PipesSubprocessClient]:
    """Dagster's own client."""
    if request.param == "file":
        yield dg.PipesSubprocessClient()
    else:
        s3: LocalS3 = request.getfixturevalue("s3")
        reader = PipesJvmS3MessageReader(bucket="pipes", client=s3.client())
        yield dg.PipesSubprocessClient(env=s3.environment(), message_reader=reader)


def test_dagster_shows_the_reason_of_a_job_that_never_closed(
    runs: DagsterRuns, command: list[str], client: dg.PipesSubprocessClient
) -> None:
    finished = runs.run_body(lambda context: client.run(context=context, command=[*command, "main-throws"]))
    assert not finished.success
    (error,) = [e for e in finished.engine_errors if "main is lost" in e.message]
    assert any("Lifecycle.main" in line for line in error.stack)
    assert any(level == 40 and text.startswith("Uncaught exception in thread main") for level, text in finished.logs)
    assert not any("[pipes] did not receive" in text for _, text in finished.logs)


def test_on_sigterm_all_that_waits_and_closed_are_one_put(command: list[str], s3: LocalS3) -> None:
    channel = S3Channel(s3)
    ended = run(command, channel, "wait", send=signal.SIGTERM)
    assert ended.methods == ["opened", "log", "closed"]
    listed = s3.client().list_objects_v2(Bucket="pipes", Prefix=f"{channel.prefix}/")
    assert [item["Key"].rpartition("/")[2] for item in listed["Contents"]] == ["1.json", "2.json"]


def test_a_second_attempt_of_the_same_application_writes_beside_the_first(command: list[str], s3: LocalS3) -> None:
    channel = S3Channel(s3)
    first, second = (run(command, channel, "exit", "0") for _ in range(2))
    assert first.methods == second.methods == ["opened", "log", "log", "closed"]
    listed = s3.client().list_objects_v2(Bucket="pipes", Prefix=f"{channel.prefix}/attempt-2/")
    assert [item["Key"].rpartition("/")[2] for item in listed["Contents"]] == ["1.json", "2.json"]
