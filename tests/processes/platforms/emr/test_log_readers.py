"""EMR's logs on an S3 that checks signatures, as EMR lays them out; not run on AWS."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import dagster as dg
import pytest
from dagster_aws.pipes import PipesEMRClient

from dagster_pipes_jvm import (
    InvalidParameterError,
    PipesJvmEMRLogMessageReader,
    PipesJvmEMRLogReader,
    PipesJvmS3MessageReader,
    S3AccessError,
)
from dagster_pipes_jvm.platforms.emr.log_readers import EmrLogs
from dagster_pipes_jvm.stores.s3 import S3Place
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.processes.read.logs.test_run_readers import Emr
from tests.support.dagster_runs import DagsterRuns
from tests.support.numbered import Session
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message

APPLICATION = "application_1700000000000_0007"
SUBMITTED = f"24/01/01 00:00:00 INFO YarnClientImpl: Submitted application {APPLICATION}\n"
CONTAINER = f"containers/{APPLICATION}/container_e02_1700000000000_0007"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalS3]:
    with LocalS3() as s3:
        yield s3


@pytest.fixture
def bucket(server: LocalS3, request: pytest.FixtureRequest) -> str:
    name = f"b{abs(hash(request.node.name))}"
    server.create_bucket(name)
    return name


class Cluster:
    """Uploads logs as EMR does: each object whole and anew."""

    def __init__(self, s3: LocalS3, bucket: str) -> None:
        self.client, self.bucket = s3.client(), bucket

    def upload(self, name: str, text: str, *, is_compressed: bool = True) -> None:
        body = gzip.compress(text.encode()) if is_compressed else text.encode()
        self.client.put_object(Bucket=self.bucket, Key=f"logs/j-1/{name}", Body=body)

    def logs(self, step_id: str | None = "s-1", application_id: str | None = None) -> EmrLogs:
        return EmrLogs(S3Place(self.client, self.bucket, None, call="test"), "logs/j-1", step_id, application_id)


@pytest.fixture
def cluster(server: LocalS3, bucket: str) -> Cluster:
    return Cluster(server, bucket)


def test_the_log_of_the_drivers_container_is_expected_until_it_has_come(server: LocalS3, cluster: Cluster) -> None:
    place = S3Place(cluster.client, cluster.bucket, None, call="test")
    logs = EmrLogs(place, "logs/j-1", "s-1", None, has_container_driver=True)
    assert not logs.awaits_driver
    cluster.upload("steps/s-1/stderr.gz", SUBMITTED + "Exception in thread: application failed\n")
    read(logs)
    assert logs.awaits_driver
    cluster.upload(f"{CONTAINER}_01_000002/stderr.gz", "an executor\n")
    read(logs)
    assert logs.awaits_driver
    cluster.upload(f"{CONTAINER}_01_000001/stdout.gz", "ModuleNotFoundError: No module named 'acme'\n")
    read(logs)
    assert not logs.awaits_driver
    folder = f"s3://{cluster.bucket}/logs/j-1"
    assert logs.holder_of("ModuleNotFoundError: No module named 'acme'") == f"{folder}/{CONTAINER}_01_000001/stdout.gz"
    assert logs.holder_of("Exception in thread: application failed") == f"{folder}/steps/s-1/stderr.gz"
    assert logs.holder_of("never written") == logs.holder_of("") == ""


def read(logs: EmrLogs) -> list[tuple[str, str]]:
    """Log by log what came, by its name under the cluster's prefix."""
    found: dict[str, bytes] = {}
    for part in logs.poll():
        assert isinstance(part.data, bytes)
        found[part.log] = found.get(part.log, b"") + part.data
    return [(name.partition("/j-1/")[2], data.decode()) for name, data in found.items()]


@pytest.mark.parametrize("ending", [".gz", ".txt.gz"])
def test_a_log_that_is_uploaded_anew_is_read_on_from_where_it_was(cluster: Cluster, ending: str) -> None:
    logs = cluster.logs()
    assert read(logs) == []  # None there is no error.
    cluster.upload(f"steps/s-1/stdout{ending}", "one\ntwo")
    cluster.upload("steps/s-1/controller.gz", "not the driver's")
    cluster.upload("steps/s-10/stdout.gz", "another step")
    assert read(logs) == [(f"steps/s-1/stdout{ending}", "one\ntwo")]
    assert read(logs) == []
    cluster.upload(f"steps/s-1/stdout{ending}", "one\ntwo, and\nthree\n")
    cluster.upload(f"steps/s-1/stderr{ending}", "e\n")
    assert read(logs) == [(f"steps/s-1/stdout{ending}", ", and\nthree\n"), (f"steps/s-1/stderr{ending}", "e\n")]
    cluster.upload(f"steps/s-1/stderr{ending}", "e\n")
    assert read(logs) == []
    assert list(logs.notes()) == []


def test_large_logs_of_several_gzip_members_are_read_whole_and_damaged_ones_as_far_as_they_go(cluster: Cluster) -> None:
    logs = cluster.logs()
    text = "".join(f"line {n}\n" for n in range(400_000))
    body = gzip.compress(text[:1_000_000].encode()) + gzip.compress(text[1_000_000:].encode())
    put = cluster.client.put_object
    put(Bucket=cluster.bucket, Key="logs/j-1/steps/s-1/stdout.gz", Body=body[:-10_000])
    ((_, first),) = read(logs)
    assert text.startswith(first)
    (note,) = logs.notes()
    assert "stdout.gz is damaged, and read as far as it can be" in note
    put(Bucket=cluster.bucket, Key="logs/j-1/steps/s-1/stdout.gz", Body=body)
    ((_, rest),) = read(logs)
    assert first + rest == text


def test_a_log_that_became_shorter_or_another_is_said(cluster: Cluster) -> None:
    logs = cluster.logs()
    cluster.upload("steps/s-1/stdout", "not compressed\n", is_compressed=False)
    assert read(logs) == [("steps/s-1/stdout", "not compressed\n")]
    cluster.upload("steps/s-1/stdout", "not", is_compressed=False)
    assert read(logs) == []
    assert [note.partition("stdout ")[2] for note in logs.notes()] == [
        "is shorter than before, 3 bytes instead of 15; it is read on when it is longer"
    ]
    cluster.upload("steps/s-1/stdout", "a log of another kind\n", is_compressed=False)
    assert read(logs) == [("steps/s-1/stdout", "a log of another kind\n")]
    assert [note.partition("stdout ")[2] for note in logs.notes()] == [
        "begins with other bytes than before, and is read from its beginning"
    ]


def test_the_driver_of_an_application_that_the_step_names_is_read_attempt_by_attempt_among_a_thousand_containers(
    cluster: Cluster,
) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = [f"{CONTAINER}_01_{n:06}/stdout.gz" for n in range(2, 1102)]
        list(pool.map(lambda name: cluster.upload(name, "an executor\n"), names))
    cluster.upload(f"{CONTAINER}_02_000001/stdout.gz", "second\n")
    cluster.upload(f"{CONTAINER}_01_000001/stderr.gz", "first, err\n")
    cluster.upload(f"{CONTAINER}_01_000001/stdout.gz", "first\n")
    cluster.upload("containers/application_1700000000000_0008/container_1700000000000_0008_01_000001/stdout.gz", "no\n")
    logs = cluster.logs()
    assert read(logs) == []
    cluster.upload("steps/s-1/stderr.gz", SUBMITTED)
    expected = [
        (f"{CONTAINER}_01_000001/stdout.gz", "first\n"),
        (f"{CONTAINER}_01_000001/stderr.gz", "first, err\n"),
        (f"{CONTAINER}_02_000001/stdout.gz", "second\n"),
    ]
    assert read(logs) == [("steps/s-1/stderr.gz", SUBMITTED), *expected]
    parts = list(cluster.logs(application_id=APPLICATION).poll())
    assert [part.attempt for part in parts if "containers" in part.log] == [1, 1, 2]


def test_without_the_right_to_list_the_four_names_of_a_step_are_asked_for(server: LocalS3, cluster: Cluster) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{cluster.bucket}/*"}],
    }
    cluster.upload("steps/s-1/stderr.txt.gz", "e\n")
    client = server.client(server.user_with_policy(policy))
    logs = EmrLogs(S3Place(client, cluster.bucket, None, call="test"), "logs/j-1", "s-1", None)
    assert read(logs) == [("steps/s-1/stderr.txt.gz", "e\n")]
    every_step = EmrLogs(S3Place(client, cluster.bucket, None, call="test"), "logs/j-1", None, None)
    with pytest.raises(S3AccessError, match=r"Give the credentials of `client` s3:ListBucket there, or pass `step_id`"):
        read(every_step)


def test_dagsters_emr_client_gets_messages_from_the_logs_of_a_driver_that_was_started_twice(
    runs: DagsterRuns, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    def attempt(number: int, *reports: str) -> str:
        return "\n".join(
            [OPENED, log(f"attempt {number}"), f"line of {number} {log('interleaved')} behind", *reports, ""]
        )

    rows = {"asset_key": "probe", "metadata": {"n": {"raw_value": 2, "type": "int"}}, "data_version": None}
    first = attempt(1, message("report_custom_message", {"payload": 1}))
    second = attempt(
        2, message("report_asset_materialization", rows), message("report_custom_message", {"payload": 2}), CLOSED
    )

    def run_step(encoded: str) -> None:
        cluster.upload("steps/s-1/stderr.gz", SUBMITTED)
        cluster.upload(f"{CONTAINER}_01_000001/stdout.gz", first)
        cluster.upload(f"{CONTAINER}_02_000001/stdout.gz", second)

    reader = PipesJvmEMRLogMessageReader(
        client=cluster.client,
        log_uri=f"s3://{cluster.bucket}/logs/",
        poll_interval_seconds=0.1,
        quiet_seconds=0.2,
        require_closed=True,
    )
    custom: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        client = PipesEMRClient(message_reader=reader, client=Emr(run_step), wait_for_s3_logs_seconds=0)  # type: ignore[arg-type]  # a fake with the calls that count
        invocation = client.run(context=context, run_job_flow_params={"Instances": {}, "Name": "x"})
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert custom == [2]
    assert run.metadata["n"] == 2
    logged = [text for _, text in run.logs]
    assert [text for text in logged if text.startswith("attempt")] == ["attempt 1", "attempt 2"]
    assert logged.count("interleaved") == 2
    assert any("attempt 2 begins. Attempt 1 sent no end of its session that arrived" in text for text in logged)
    captured = capfd.readouterr()
    assert captured.out.splitlines() == ["line of 1  behind", "line of 2  behind"]
    assert SUBMITTED in captured.err


def test_a_log_reader_forwards_a_step_once_and_takes_in_what_its_job_could_not_send(
    server: LocalS3, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    handler: Any = RecordingHandler()
    reader = PipesJvmS3MessageReader(
        bucket=cluster.bucket,
        client=cluster.client,
        require_closed=True,
        log_readers=[
            PipesJvmEMRLogReader(
                client=cluster.client,
                log_uri=f"s3://{cluster.bucket}/logs",
                cluster_id="j-1",
                step_id="s-1",
                poll_interval_seconds=0.1,
                quiet_seconds=0.2,
            )
        ],
    )
    with reader.read_messages(handler) as params:
        session = Session(token=params["run_token"])
        opened, late, closed = session.opened(), session.log("late"), session.closed()
        cluster.client.put_object(Bucket=cluster.bucket, Key=f"{params['key_prefix']}/1.json", Body=opened.encode())
        cluster.upload("steps/s-1/stdout.gz", "printed\n")
        # The first arrives by its chunk, too, and the third is a message that something else printed.
        cluster.upload("steps/s-1/stderr.gz", "\n".join([SUBMITTED, opened, late, log("printed"), closed, ""]))
    assert handler.texts == ["opened", "late", "closed"]
    captured = capfd.readouterr()
    assert captured.out == "printed\n"
    # A line that has arrived before is text.
    assert captured.err.replace(f"{opened}\n", "") == f"{SUBMITTED}\n{log('printed')}\n"


def test_nobody_waits_for_logs_of_a_step_that_is_being_ended(cluster: Cluster) -> None:
    handler: Any = RecordingHandler()
    reader = PipesJvmEMRLogMessageReader(
        client=cluster.client, log_uri=f"s3://{cluster.bucket}/", cluster_id="j-1", poll_interval_seconds=300.0
    )
    with pytest.raises(KeyboardInterrupt), reader.read_messages(handler):
        raise KeyboardInterrupt
    started = PipesJvmEMRLogReader(client=cluster.client, log_uri=f"s3://{cluster.bucket}/", cluster_id="j-1")
    ended = Event()
    started.start({}, ended)
    ended.set()
    started.abandon()
    started.stop()
    assert not started.is_running()


@pytest.mark.parametrize("log_uri", ["", "logs", "https://bucket.s3.amazonaws.com/logs", "s3:///logs"])
def test_a_log_uri_that_is_none_is_refused(log_uri: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"Expected the LogUri of a cluster, s3://bucket/prefix/, got "):
        PipesJvmEMRLogReader(client=None, log_uri=log_uri, cluster_id="j-1")
