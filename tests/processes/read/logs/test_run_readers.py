"""Log readers belong to a run, though Dagster's clients do not say to which."""

import gzip
import sys
from collections.abc import Iterator
from threading import Barrier, Event, Thread
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster import PipesLogReader
from dagster_aws.pipes import PipesEMRClient
from dagster_pipes import PipesParams

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.dagster_runs import DagsterRuns
from tests.support.recording import CLOSED, RecordingHandler, message


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


class LogReader(PipesLogReader):
    """Notes what it is told, in one list for all copies."""

    def __init__(self, *, is_readable: bool = True, fault: Exception | None = None) -> None:
        self.started: list[PipesParams] = []
        self.stopped: list[bool] = []
        self.at_start = Event()
        self._is_readable = is_readable
        self._fault = fault
        self._is_running = False

    def target_is_readable(self, params: PipesParams) -> bool:
        return self._is_readable

    def start(self, params: PipesParams, is_session_closed: Event) -> None:
        if self._fault:
            raise self._fault
        assert not self._is_running
        self._is_running = True
        self.started.append(params)
        self.at_start.set()

    def stop(self) -> None:
        self.stopped.append(True)

    def is_running(self) -> bool:
        return self._is_running

    @property
    def debug_info(self) -> str:
        return "stdout of step 1"


def reader(s3: LocalS3, **options: Any) -> PipesJvmS3MessageReader:
    return PipesJvmS3MessageReader(bucket="messages", client=s3.client(), wait_for_logs_seconds=0.0, **options)


def test_a_log_reader_added_in_a_run_is_started_and_stopped_with_it_and_not_with_the_next(s3: LocalS3) -> None:
    ours, added = reader(s3), LogReader()
    for _ in range(2):
        handler: Any = RecordingHandler()
        with ours.read_messages(handler) as params:
            if not added.started:
                ours.add_log_reader(added)
                assert added.at_start.wait(60)
                assert added.started[0]["key_prefix"] == params["key_prefix"]
        assert added.stopped == [True]
        assert handler.warnings == []


def test_log_readers_given_at_first_are_read_in_every_run_by_a_copy(s3: LocalS3) -> None:
    given, added = LogReader(), LogReader()
    ours = reader(s3, log_readers=[given])
    ours.add_log_reader(added)
    for _ in range(2):
        with ours.read_messages(RecordingHandler()):  # type: ignore[arg-type]  # a recorder of the handler's calls
            pass
    assert len(given.started) == len(added.started) == 2
    assert not given.is_running()


def test_two_runs_at_once_keep_their_log_readers_and_what_the_job_said_apart(s3: LocalS3) -> None:
    ours, both, readers = reader(s3), Barrier(2, timeout=60), {"a": LogReader(), "b": LogReader()}
    prefixes: dict[str, Any] = {}

    def run(name: str) -> None:
        handler: Any = RecordingHandler()
        opened = Event()

        def handle(one: Any) -> None:
            # As Dagster's handler does, in the thread that reads.
            ours.on_opened(one["params"])
            opened.set()

        handler.handle_message = handle
        with ours.read_messages(handler) as params:
            prefixes[name] = params["key_prefix"]
            text = message("opened", {"extras": {"name": name}})
            s3.client().put_object(Bucket="messages", Key=f"{params['key_prefix']}/1.json", Body=text.encode())
            assert opened.wait(60)
            both.wait()
            ours.add_log_reader(readers[name])
            assert readers[name].at_start.wait(60)
            both.wait()

    threads = [Thread(target=run, args=(name,)) for name in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, log_reader in readers.items():
        ((params),) = log_reader.started
        assert params["key_prefix"] == prefixes[name]
        assert params["extras"] == {"name": name}


def test_a_log_reader_of_nobodys_thread_is_taken_by_the_only_run_and_left_out_where_there_are_several(
    s3: LocalS3, recwarn: pytest.WarningsRecorder
) -> None:
    ours, added, left_out = reader(s3), LogReader(), LogReader()

    def add_elsewhere(log_reader: LogReader) -> None:
        thread = Thread(target=ours.add_log_reader, args=(log_reader,))
        thread.start()
        thread.join()

    with ours.read_messages(RecordingHandler()):  # type: ignore[arg-type]  # a recorder of the handler's calls
        add_elsewhere(added)
        with ours.read_messages(RecordingHandler()):  # type: ignore[arg-type]  # a recorder of the handler's calls
            add_elsewhere(left_out)
    assert len(added.started) == 1
    assert left_out.started == []
    assert any("log reader LogReader is left out" in str(w.message) for w in recwarn)


def test_a_log_reader_that_fails_or_has_nothing_to_read_is_said_and_harms_no_other(s3: LocalS3) -> None:
    handler: Any = RecordingHandler()
    ours, good = reader(s3), LogReader()
    with ours.read_messages(handler):
        ours.add_log_reader(LogReader(fault=OSError("no network")))
        ours.add_log_reader(LogReader(is_readable=False))
        ours.add_log_reader(good)
    assert good.started
    texts = [text.partition("log reader ")[2] for text in handler.warnings]
    assert texts == [
        "LogReader: could not be started: OSError: no network\nDebug info: stdout of step 1",
        "LogReader: what it reads was not there 0 s after the run; it is left out\nDebug info: stdout of step 1",
    ]


class Emr:
    """As much of boto3's EMR client as Dagster's client for EMR asks; the cluster's job is `run_step`."""

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, run_step: Any) -> None:
        self._run_step = run_step

    def run_job_flow(self, **arguments: Any) -> dict[str, Any]:
        properties = {k: v for one in arguments["Configurations"] for k, v in one.get("Properties", {}).items()}
        self._run_step(properties["spark.yarn.appMasterEnv.DAGSTER_PIPES_MESSAGES"])
        return {"JobFlowId": "j-1"}

    def describe_cluster(self, **_: Any) -> dict[str, Any]:
        return {"Cluster": {"Id": "j-1", "LogUri": "s3://messages/logs/", "Status": {"State": "TERMINATED"}}}

    def list_steps(self, **_: Any) -> dict[str, Any]:
        return {"Steps": [{"Id": "s-1"}]}

    def get_waiter(self, name: str) -> Any:
        return SimpleNamespace(wait=lambda **_: None)


def test_dagsters_emr_client_gets_messages_and_logs_through_our_reader(
    runs: DagsterRuns, s3: LocalS3, capsys: pytest.CaptureFixture[str]
) -> None:
    def run_step(encoded: str) -> None:
        from dagster_pipes import decode_param

        params = decode_param(encoded)
        messages = "\n".join(
            (message("opened", {"extras": {}}), message("report_custom_message", {"payload": 1}), CLOSED)
        )
        put = s3.client().put_object
        put(Bucket="messages", Key=f"{params['key_prefix']}/1.json", Body=messages.encode())
        for path in ("logs/j-1/steps/s-1/stdout.gz", "logs/j-1/containers/application_1/container_1/stdout.gz"):
            put(Bucket="messages", Key=path, Body=gzip.compress(f"this is {path}\n".encode()))

    custom: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        client = PipesEMRClient(message_reader=ours, client=Emr(run_step), wait_for_s3_logs_seconds=0)  # type: ignore[arg-type]  # a fake with the calls that count
        invocation = client.run(context=context, run_job_flow_params={"Instances": {}, "Name": "x"})
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    ours = reader(s3, require_closed=True)
    # Once: Dagster's own log reader looks for more for 10 s after the end, and nothing can tell it not to.
    run = runs.run_body(body)
    assert run.success, run.failure
    sys.stdout.flush()
    output = capsys.readouterr().out
    assert output.count("this is logs/j-1/steps/s-1/stdout.gz") == 1
    assert output.count("this is logs/j-1/containers/application_1/container_1/stdout.gz") == 1
    assert any("reader for stderr of EMR step s-1" in text for _, text in run.logs)
    assert custom == [1]
