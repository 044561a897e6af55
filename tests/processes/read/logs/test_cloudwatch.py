"""CloudWatch Logs as moto has them; not run on AWS."""

import sys
import time
from collections.abc import Iterator
from threading import Event
from types import SimpleNamespace
from typing import Any

import boto3
import dagster as dg
import pytest
from dagster_aws.pipes import PipesCloudWatchMessageReader
from dagster_aws.pipes.message_readers import PipesCloudWatchLogReader
from moto.server import ThreadedMotoServer

from dagster_pipes_jvm import (
    PassingFaultError,
    PipesJvmCloudWatchLogReader,
    PipesJvmCloudWatchMessageReader,
    PipesJvmError,
)
from dagster_pipes_jvm.read.logs.cloudwatch import CloudWatchLog
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message

GROUP = "/aws/emr-serverless"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Logs:
    """A log group of one test."""

    def __init__(self, endpoint: str, group: str) -> None:
        self.client: Any = boto3.client(
            "logs",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        self.group = group
        self.client.create_log_group(logGroupName=group)

    def put(self, stream: str, *messages: str) -> None:
        if not self.client.describe_log_streams(logGroupName=self.group, logStreamNamePrefix=stream)["logStreams"]:
            self.client.create_log_stream(logGroupName=self.group, logStreamName=stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": text} for text in messages]
        self.client.put_log_events(logGroupName=self.group, logStreamName=stream, logEvents=events)


@pytest.fixture
def logs(endpoint: str, request: pytest.FixtureRequest) -> Logs:
    return Logs(endpoint, f"{GROUP}/{abs(hash(request.node.name))}")


def read(source: CloudWatchLog) -> list[str]:
    return [str(part.data) for part in source.poll()]


def test_every_page_is_read_from_the_first_one_on_and_once(logs: Logs) -> None:
    """Dagster's own reader begins with the last page, of at most 10,000 events, and stops at an empty one."""
    source = CloudWatchLog(logs.client, logs.group, "driver", "stdout")
    assert read(source) == []
    texts = [f"event {n}" for n in range(25_000)]
    for start in range(0, 25_000, 5_000):
        logs.put("driver", *texts[start : start + 5_000])
    assert read(source) == texts
    assert read(source) == []
    logs.put("driver", "one more")
    assert read(source) == ["one more"]


def test_what_is_in_a_log_stream_already_is_passed_over_without_reading_it(logs: Logs) -> None:
    logs.put("driver", *(f"old {n}" for n in range(100)))
    source = CloudWatchLog(logs.client, logs.group, "driver", "stdout", skips_existing=True)
    assert read(source) == []
    logs.put("driver", "new")
    assert read(source) == ["new"]


def test_a_refusal_is_an_error_with_its_remedy_and_throttling_passes() -> None:
    def answering(code: str, status: int) -> Any:
        def get_log_events(**_: Any) -> Any:
            answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise boto3.client("logs", region_name="us-east-1").exceptions.ClientError(answer, "GetLogEvents")  # type: ignore[arg-type]  # the answer has only the keys that count

        class Never(Exception):
            pass

        return SimpleNamespace(get_log_events=get_log_events, exceptions=SimpleNamespace(ThrottlingException=Never))

    with pytest.raises(PipesJvmError, match=rf"logs:GetLogEvents on it.* See {PAGE_URL}#log-lines"):
        read(CloudWatchLog(answering("AccessDeniedException", 400), "g", "s", "stdout"))
    for code, status in (("ThrottlingException", 400), ("InternalFailure", 500)):
        with pytest.raises(PassingFaultError):
            read(CloudWatchLog(answering(code, status), "g", "s", "stdout"))


def test_messages_arrive_and_lines_are_forwarded_though_a_message_was_cut_into_events(
    runs: DagsterRuns, logs: Logs, capfd: pytest.CaptureFixture[str]
) -> None:
    long = log("x" * 40_000)
    cut = [long[start : start + 16_384] for start in range(0, len(long), 16_384)]
    reader = PipesJvmCloudWatchMessageReader(
        logs.client, poll_interval_seconds=0.05, quiet_seconds=0.1, require_closed=True
    )
    assert isinstance(reader, PipesCloudWatchMessageReader)

    def body(context: dg.AssetExecutionContext) -> Any:
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as session:
            assert session.message_reader_params.keys() == {"stdio", "run_token"}
            stream = f"jobs/{context.run.run_id}"
            # As Dagster's clients for ECS and EMR Serverless do.
            session.report_launched({"extras": {"log_group": logs.group, "log_stream": f"{stream}/stdout"}})
            for name, target in (("stdout", sys.stdout), ("stderr", sys.stderr)):
                added = PipesCloudWatchLogReader(logs.client, logs.group, f"{stream}/{name}", target_stream=target)
                reader.add_log_reader(added)
            logs.put(f"{stream}/stdout", "before", OPENED, *cut, f"in front {log('glued')} behind", "two\nlines")
            logs.put(f"{stream}/stderr", "said on stderr")
            logs.put(f"{stream}/stdout", message("report_custom_message", {"payload": 1}), CLOSED, "after")
        assert session.get_custom_messages() == (1,)
        return session.get_results()[0]

    for _ in range(2):
        run = runs.run_body(body)
        assert run.success, run.failure
        texts = [text for _, text in run.logs]
        assert "x" * 40_000 in texts
        assert "glued" in texts
        captured = capfd.readouterr()
        assert captured.out == "before\nin front  behind\ntwo\nlines\nafter\n"
        assert captured.err.count("said on stderr") == 1


def test_a_log_reader_takes_its_log_from_the_message_parameters_and_ends(
    logs: Logs, capfd: pytest.CaptureFixture[str]
) -> None:
    """Dagster's own never ends while nothing new is logged."""
    logs.put("driver", "a", "b")
    reader = PipesJvmCloudWatchLogReader(logs.client, poll_interval_seconds=0.05, quiet_seconds=0.1)
    assert not reader.target_is_readable({})
    params = {"log_group": logs.group, "log_stream": "driver"}
    assert reader.target_is_readable(params)
    ended = Event()
    reader.attach(RecordingHandler())  # type: ignore[arg-type]  # a recorder of the handler's calls
    reader.start(params, ended)
    ended.set()
    reader.stop()
    assert not reader.is_running()
    assert capfd.readouterr().out == "a\nb\n"
