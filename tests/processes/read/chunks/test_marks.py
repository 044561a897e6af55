"""A run that another process continues to read: reports come again, and log lines that were handled do not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from dagster_pipes_jvm import PipesJvmFilesystemMessageReader, PipesJvmS3MessageReader
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.conftest import REPOSITORY
from tests.processes.read.chunks.test_s3 import Place, wait_for
from tests.support.numbered import Session, account
from tests.support.recording import RecordingHandler
from tests.support.s3_answers import Requests, refusal

# Prints the message parameters, and then each log line that it handles.
READ = """
import json, sys
import boto3
from dagster_pipes_jvm import PipesJvmS3MessageReader
from tests.support.recording import RecordingHandler

class Printing(RecordingHandler):
    def handle_message(self, message):
        print(message["params"].get("message", message["method"]), flush=True)

reader = PipesJvmS3MessageReader(bucket="messages", client=boto3.client("s3"), keep_messages=True)
with reader.read_messages(Printing()) as params:
    print(json.dumps(params), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


def reader(s3: LocalS3, **options: Any) -> PipesJvmS3MessageReader:
    return PipesJvmS3MessageReader(bucket="messages", client=s3.client(), require_closed=True, **options)


def test_each_log_line_comes_once_though_the_process_that_read_it_was_killed(s3: LocalS3) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", READ],
        cwd=REPOSITORY,
        env={**os.environ, **s3.environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    params = json.loads(process.stdout.readline())
    place, session = Place(s3, params), Session(token=params["run_token"])
    place.put("\n".join([session.opened(), session.log("a"), session.log("b"), session.report()]))
    first = [process.stdout.readline().strip() for _ in range(3)]
    wait_for(lambda: "handled.json" in place.names())
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()
    second: Any = RecordingHandler()
    with reader(s3).resuming(params).read_messages(second) as same:
        assert same == params
        place.put(session.log("c"), session.closed(), first=2)
    assert first == ["opened", "a", "b"]
    assert second.texts == ["opened", "report_asset_materialization", "c", "closed"]
    assert second.warnings == []
    # The marks are removed with the chunks.
    assert place.names() == []


def test_a_process_that_ends_and_keeps_the_messages_marks_all_that_it_has_handled(s3: LocalS3) -> None:
    first, second = RecordingHandler(), RecordingHandler()
    account(first).may_be_resumed = True
    place_and_params: list[Any] = []

    def stop() -> None:
        with reader(s3).read_messages(first) as params:  # type: ignore[arg-type]  # a recorder of the handler's calls
            place, session = Place(s3, params), Session(token=str(params["run_token"]))
            place_and_params.extend((place, params, session))
            place.put(session.opened(), session.log("a"))
            wait_for(lambda: "a" in first.texts)
            place.put(session.log("b"), first=3)
            wait_for(lambda: "b" in first.texts)
            account(first).keep_messages = True
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    place, params, session = place_and_params
    assert place.names() == ["1.json", "2.json", "3.json", "handled.json"]
    with reader(s3).resuming(params).read_messages(second):  # type: ignore[arg-type]  # a recorder of the handler's calls
        place.put(session.log("c"), session.closed(), first=4)
    assert second.texts == ["opened", "c", "closed"]
    assert place.names() == []


def test_half_a_mark_file_loses_no_line(s3: LocalS3) -> None:
    first, second = RecordingHandler(), RecordingHandler()
    with reader(s3, keep_messages=True).read_messages(first) as params:  # type: ignore[arg-type]  # a recorder
        place, session = Place(s3, params), Session(token=str(params["run_token"]))
        place.put(session.opened(), session.log("a"), session.closed())
    key = f"{params['key_prefix']}/handled.json"
    whole = s3.client().get_object(Bucket="messages", Key=key)["Body"].read()
    s3.client().put_object(Bucket="messages", Key=key, Body=whole[:-7])
    with reader(s3).resuming(params).read_messages(second):  # type: ignore[arg-type]  # a recorder of the handler's calls
        pass
    assert second.texts == ["opened", "a", "closed"]
    assert len(second.warnings) == 1
    assert "the marks of handled lines cannot be used: handled.json is damaged" in second.warnings[0]
    assert place.names() == []


def test_a_prefix_that_the_reader_may_not_write_to_costs_one_warning(s3: LocalS3) -> None:
    client, handler = s3.client(), RecordingHandler()
    requests = Requests(client, PutObject=lambda number, request: refusal(403, "AccessDenied"))
    kept = PipesJvmS3MessageReader(bucket="messages", client=client, require_closed=True, keep_messages=True)
    with kept.read_messages(handler) as params:  # type: ignore[arg-type]  # a recorder of the handler's calls
        place, session = Place(s3, params), Session(token=str(params["run_token"]))
        place.put(session.opened(), session.log("a"))
        wait_for(lambda: bool(requests.of("PutObject")))
        place.put(session.closed(), first=3)
    assert handler.texts == ["opened", "a", "closed"]
    (warning,) = handler.warnings
    assert "the marks of handled lines cannot be written: " in warning
    assert "AccessDenied" in warning


def test_a_run_that_nobody_can_continue_has_no_marks(s3: LocalS3) -> None:
    client, handler = s3.client(), RecordingHandler()
    requests = Requests(client)
    with PipesJvmS3MessageReader(bucket="messages", client=client).read_messages(handler) as params:  # type: ignore[arg-type]  # a recorder
        place, session = Place(s3, params), Session(token=str(params["run_token"]))
        place.put(session.opened(), session.log("a"), session.closed())
    assert handler.texts == ["opened", "a", "closed"]
    assert requests.of("PutObject") == []


def test_a_second_jvm_of_a_job_is_read_though_there_is_one_attempt_only(s3: LocalS3) -> None:
    handler = RecordingHandler()
    with reader(s3, single_attempt=True).read_messages(handler) as params:  # type: ignore[arg-type]  # a recorder
        place, token = Place(s3, params), str(params["run_token"])
        a, b = Session("aaaa", token=token), Session("bbbb", token=token)
        place.put(a.opened(), a.report("a"), a.closed())
        place.put(b.opened(), b.report("b"), b.closed(), folder="attempt-2/")
    assert handler.texts.count("report_asset_materialization") == 2
    assert handler.warnings == []
    assert place.names() == []


def test_marks_in_a_directory_are_used_too(tmp_path: Any) -> None:
    read = PipesJvmFilesystemMessageReader(str(tmp_path), poll_interval_seconds=0.01)
    first, second = RecordingHandler(), RecordingHandler()
    account(first).may_be_resumed = True
    with read.read_messages(first) as params:  # type: ignore[arg-type]  # a recorder of the handler's calls
        directory = tmp_path / str(params["uri"]).rpartition("/")[2]
        session = Session(token=str(params["run_token"]))
        directory.mkdir()
        (directory / "1.json").write_text("\n".join([session.opened(), session.log("a")]), encoding="ascii")
        until = Event()
        while not (directory / "handled.json").exists():
            until.wait(0.01)
    assert json.loads((directory / "handled.json").read_text()) == {
        "run_token": params["run_token"],
        "handled": {"x7c2j": [[1, 2]]},
    }
    with read.resuming(params).read_messages(second) as same:  # type: ignore[arg-type]  # a recorder of the handler's calls
        assert same == params
        (directory / "2.json").write_text("\n".join([session.log("b"), session.closed()]), encoding="ascii")
    assert second.texts == ["opened", "b", "closed"]
