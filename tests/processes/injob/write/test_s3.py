"""The writer against an S3 that checks signatures; faults come from a policy or from the network, never from a patched client."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from typing import Any
from uuid import uuid4

import boto3
import dagster as dg
import pytest
from botocore.config import Config
from dagster_pipes import DagsterPipesError, encode_param

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm.injob.write.channel import ChunkedMessageWriterChannel, RefusedError
from dagster_pipes_jvm.injob.write.job_of_launch import SecondJobError
from dagster_pipes_jvm.injob.write.s3 import PipesJvmS3MessageWriter, s3_client
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.faults.proxy import FaultProxy, Twice
from tests.support.dagster_runs import DagsterRuns
from tests.support.gate import Gate
from tests.support.pipes_context import pipes_context
from tests.support.s3_answers import Requests, refusal
from tests.unit.injob.messages import CLOSED, OPENED, log, report

HOUR_MILLIS = 3_600_000


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


class Run:
    """The prefix of one run and what lies under it."""

    def __init__(self, s3: LocalS3) -> None:
        self.s3 = s3
        self.prefix = f"run-{uuid4()}"

    def params(self, **more: Any) -> dict[str, Any]:
        return {"bucket": "messages", "key_prefix": self.prefix, **more}

    def chunks(self, folder: str = "") -> list[list[Any]]:
        client = self.s3.client()
        listed = client.list_objects_v2(Bucket="messages", Prefix=f"{self.prefix}/{folder}", Delimiter="/")
        keys = [item["Key"] for item in listed.get("Contents", [])]
        numbers = sorted(int(key.rpartition("/")[2].removesuffix(".json")) for key in keys)
        assert numbers == list(range(1, len(keys) + 1))
        bodies = []
        for number in numbers:
            key = f"{self.prefix}/{folder}{number}.json"
            bodies.append(client.get_object(Bucket="messages", Key=key)["Body"].read().decode("ascii"))
        return [[json.loads(line) for line in body.split("\n")] for body in bodies]

    def messages(self, folder: str = "") -> list[Any]:
        return [message for chunk in self.chunks(folder) for message in chunk]


@pytest.fixture
def run(s3: LocalS3) -> Run:
    return Run(s3)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "30 seconds have passed"
        Event().wait(0.01)


@contextmanager
def opened(writer: PipesJvmS3MessageWriter, params: dict[str, Any]) -> Iterator[ChunkedMessageWriterChannel]:
    with writer.open(params) as channel:
        channel.write_message(OPENED)
        yield channel


@pytest.mark.parametrize("header", ["Retry-After", "x-amz-retry-after"])
@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (429, "TooManyRequests"), (500, "InternalError")])
def test_an_answer_that_asks_for_an_hour_does_not_hold_the_writer(
    run: Run, monkeypatch: pytest.MonkeyPatch, header: str, status: int, code: str
) -> None:
    for name, value in run.s3.environment().items():
        monkeypatch.setenv(name, value)
    client = s3_client()
    asks = {header: "3600000" if header.startswith("x-") else "3600"}
    requests = Requests(client, PutObject=lambda number, _: refusal(status, code, **asks) if number < 4 else None)
    began = time.monotonic()
    with opened(PipesJvmS3MessageWriter(client), run.params(upload_interval_millis=300)) as channel:
        channel.write_message(CLOSED)
    # Four pauses of the writer: 0.2, 0.4, 0.8 and 1 s at most, and no retry of boto3 among them.
    assert time.monotonic() - began < 10
    assert [url.rpartition("/")[2] for url in requests.of("PutObject")] == [*["1.json"] * 5, "2.json"]
    assert run.messages() == [OPENED, CLOSED]


def test_log_lines_wait_for_a_report_which_leaves_at_once(run: Run) -> None:
    with opened(PipesJvmS3MessageWriter(run.s3.client()), run.params(upload_interval_millis=HOUR_MILLIS)) as channel:
        assert run.chunks() == [[OPENED]]
        channel.write_message(log("1"))
        channel.write_message(log("2"))
        assert len(run.chunks()) == 1
        channel.write_message(report(3))
        until(lambda: len(run.chunks()) == 2)
        channel.write_message(CLOSED)
    assert run.chunks() == [[OPENED], [log("1"), log("2"), report(3)], [CLOSED]]


def test_a_log_line_leaves_by_itself_after_the_interval(run: Run) -> None:
    with opened(PipesJvmS3MessageWriter(run.s3.client()), run.params(upload_interval_millis=30)) as channel:
        channel.write_message(log("1"))
        until(lambda: len(run.chunks()) == 2)


def test_for_dagsters_own_reader_all_waits_and_all_that_waits_and_closed_are_one_chunk(run: Run) -> None:
    sent = [*(log(f"größe {i}") for i in range(100)), report(1), CLOSED]
    with opened(PipesJvmS3MessageWriter(run.s3.client()), run.params()) as channel:
        for message in sent:
            channel.write_message(message)
    assert run.chunks() == [[OPENED], sent]
    body = run.s3.client().get_object(Bucket="messages", Key=f"{run.prefix}/2.json")["Body"].read()
    assert body == "\n".join(map(json.dumps, sent)).encode()  # Byte for byte as dagster_pipes has it.


def numbers(messages: list[Any]) -> list[int]:
    """The numbers of lines of one session."""
    identities = [message["n"].partition("p.") for message in messages]
    (session,) = {session for session, _, _ in identities}
    assert session.startswith("k3f9a1")
    return [int(number) for _, _, number in identities]


def test_each_line_has_a_number_and_closed_the_last_one_for_a_reader_that_sends_a_token(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTAINER_ID", "container_1410901177871_0001_01_000001")
    with opened(PipesJvmS3MessageWriter(run.s3.client()), run.params(run_token="k3f9a1")) as channel:
        for i in range(10):
            channel.write_message(log(str(i)))
        channel.write_message(CLOSED)
    got = run.messages()
    assert numbers(got) == list(range(1, 13))
    assert got[0]["dagster_pipes_jvm"] == {"attempt": 1, "application": "application_1410901177871_0001"}
    assert got[-1]["dagster_pipes_jvm"] == {"messages": {"p": 12}, "dropped_log_lines": 0}


def test_a_second_attempt_writes_beside_the_first(run: Run) -> None:
    for attempt in (1, 2, 3):
        with opened(PipesJvmS3MessageWriter(run.s3.client()), run.params()) as channel:
            channel.write_message(log(f"attempt {attempt}"))
            channel.write_message(CLOSED)
    for attempt, folder in ((1, ""), (2, "attempt-2/"), (3, "attempt-3/")):
        assert run.messages(folder) == [OPENED, log(f"attempt {attempt}"), CLOSED]


def test_yarns_attempt_decides_where_the_job_may_only_put(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    put = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::messages/*"}
    client = run.s3.client(run.s3.user_with_policy({"Version": "2012-10-17", "Statement": [put]}))
    for container in (None, "container_1410901177871_0001_02_000001"):
        if container:
            monkeypatch.setenv("CONTAINER_ID", container)
        with opened(PipesJvmS3MessageWriter(client), run.params()) as channel:
            channel.write_message(CLOSED)
    assert run.messages() == run.messages("attempt-2/") == [OPENED, CLOSED]


def test_refused_access_fails_the_opening_of_the_session(run: Run) -> None:
    nothing = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    client = run.s3.client(run.s3.user_with_policy({"Version": "2012-10-17", "Statement": [nothing]}))
    with pytest.raises(RefusedError) as caught, opened(PipesJvmS3MessageWriter(client), run.params()):
        raise AssertionError("it opened")
    assert isinstance(caught.value, DagsterPipesError)
    assert f"Cannot write s3://messages/{run.prefix}/1.json. Expected S3 to accept PutObject" in str(caught.value)
    assert "AccessDenied" in str(caught.value)
    assert str(caught.value).endswith(f"See {PAGE_URL}#s3-access")


def test_a_bucket_that_does_not_exist_is_an_error_at_once(run: Run) -> None:
    params = {**run.params(), "bucket": "no-such-bucket"}
    with pytest.raises(RefusedError, match="NoSuchBucket"), opened(PipesJvmS3MessageWriter(run.s3.client()), params):
        raise AssertionError("it opened")


def test_403_that_passes_delays_messages_and_loses_none(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    iam: Any = run.s3._client("iam")
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    credentials = run.s3.user_with_policy({"Version": "2012-10-17", "Statement": [allow]})
    keys = run.s3.client(credentials)
    (user,) = [
        user["UserName"]
        for user in iam.list_users()["Users"]
        for key in iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]
        if key["AccessKeyId"] == credentials.access_key_id
    ]

    def policy(effect: str) -> None:
        document = {"Version": "2012-10-17", "Statement": [{**allow, "Effect": effect}]}
        iam.put_user_policy(UserName=user, PolicyName="given", PolicyDocument=json.dumps(document))

    errors = ""
    with opened(PipesJvmS3MessageWriter(keys), run.params(upload_interval_millis=5)) as channel:
        policy("Deny")
        channel.write_message(report(1))

        def refused() -> bool:
            nonlocal errors
            errors += capsys.readouterr().err
            return "AccessDenied" in errors

        until(refused)
        channel.write_message(report(2))
        policy("Allow")
        channel.write_message(CLOSED)
    assert run.messages() == [OPENED, report(1), report(2), CLOSED]
    assert "cannot write s3://messages/" in errors
    assert "yet, trying again" in errors


def gated(s3: LocalS3, gate: Gate) -> Any:
    """A client that finds S3 behind the gate, and waits no longer than a test wants to."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=gate.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
        config=Config(proxies={}, connect_timeout=5, read_timeout=1, retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize("fault", ["refuse", "hold"])
def test_a_backlog_of_an_outage_leaves_in_order_in_full_chunks(run: Run, fault: str) -> None:
    line = "x" * 1000
    with Gate(run.s3.endpoint_url) as gate:
        writer = PipesJvmS3MessageWriter(gated(run.s3, gate))
        with opened(writer, run.params(upload_interval_millis=5, run_token="k3f9a1")) as channel:
            getattr(gate, fault)()
            for i in range(10_000):
                channel.write_message(log(f"{i} {line}"))
            gate.open()
            channel.write_message(CLOSED)
    texts = [m["params"]["message"] for m in run.messages() if m["method"] == "log"]
    assert texts == [f"{i} {line}" for i in range(10_000)]
    assert numbers(run.messages()) == list(range(1, 10_003))
    assert run.messages()[-1]["dagster_pipes_jvm"] == {"messages": {"p": 10_002}, "dropped_log_lines": 0}
    assert len(run.chunks()) < 10


def test_beyond_the_limit_of_memory_log_lines_are_dropped_and_counted_and_reports_are_kept(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with Gate(run.s3.endpoint_url) as gate:
        writer = PipesJvmS3MessageWriter(gated(run.s3, gate), buffer_bytes=200_000)
        with opened(writer, run.params(upload_interval_millis=5, run_token="k3f9a1")) as channel:
            gate.refuse()
            for i in range(1000):
                channel.write_message(log(f"{i} " + "x" * 1000))
                if i % 100 == 99:
                    channel.write_message(report(i))
            gate.open()
            channel.write_message(CLOSED)
    got = run.messages()
    assert [m["params"]["payload"] for m in got if m["method"] == "report_custom_message"] == list(range(99, 1000, 100))
    counts = got[-1]["dagster_pipes_jvm"]
    # A dropped line leaves no gap.
    assert numbers(got) == list(range(1, len(got) + 1))
    assert counts["messages"] == {"p": len(got)}
    assert 0 < counts["dropped_log_lines"] == 1000 - len([m for m in got if str(m).count("xxx")])
    # One for each spell: room that a chunk leaves is used.
    dropped = " log line(s) of this job were dropped here"
    warnings = [m["params"] for m in got if m["method"] == "log" and dropped in m["params"]["message"]]
    assert {warning["level"] for warning in warnings} == {"WARNING"}
    assert sum(int(warning["message"].partition(dropped)[0]) for warning in warnings) == counts["dropped_log_lines"]
    assert capsys.readouterr().err.count("log lines are dropped from here on") == 1


def test_what_is_undelivered_at_the_end_stands_on_stderr_one_message_a_line(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with Gate(run.s3.endpoint_url) as gate:
        writer = PipesJvmS3MessageWriter(gated(run.s3, gate), close_timeout_seconds=0.2)
        with opened(writer, run.params(upload_interval_millis=5, run_token="k3f9a1")) as channel:
            gate.hold()
            for message in (report(1), log("2"), CLOSED):
                channel.write_message(message)
        lines = capsys.readouterr().err.splitlines()
    messages = [json.loads(line) for line in lines if line.startswith("{")]
    assert [message["method"] for message in messages] == ["report_custom_message", "log", "closed"]
    # With the numbers that a put which hung may have brought, too.
    assert numbers(messages) == [2, 3, 4]
    assert messages[-1]["dagster_pipes_jvm"]["messages"] == {"p": 4}
    assert any(line.startswith("[dagster-pipes] 3 message(s) could not be written to s3://messages/") for line in lines)


def test_16_threads_give_intact_lines_each_threads_in_order(run: Run) -> None:
    def write(thread: int) -> None:
        for i in range(50):
            channel.write_message(log(f"{thread}:{i}:" + "0123456789" * 2000))

    with opened(PipesJvmS3MessageWriter(run.s3.client()), run.params(upload_interval_millis=5)) as channel:
        threads = [Thread(target=write, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    got: dict[str, list[str]] = {}
    for message in run.messages()[1:]:
        thread_name, number, _ = message["params"]["message"].split(":")
        got.setdefault(thread_name, []).append(number)
    assert len(got) == 16
    assert all(numbers == [str(i) for i in range(50)] for numbers in got.values())


def test_parameters_of_another_type_are_refused(run: Run) -> None:
    with pytest.raises(DagsterPipesError, match="Invalid type for parameter `upload_interval_millis`"):
        PipesJvmS3MessageWriter(run.s3.client()).open(run.params(upload_interval_millis="300")).__enter__()


JOB = """
import os, sys
from dagster_pipes import open_dagster_pipes
from dagster_pipes_jvm.injob.write.job_of_launch import SecondJobError
from dagster_pipes_jvm.injob.write.s3 import PipesJvmS3MessageWriter

pipes = open_dagster_pipes(message_writer=PipesJvmS3MessageWriter())
pipes.log.info("from the job")
if sys.argv[1] == "stdio":
    with pipes:
        print("printed")
elif sys.argv[1] == "fork":
    with pipes:
        child = os.fork()
        if child == 0:
            pipes.log.info("from a child")
            os._exit(0)
        os.waitpid(child, 0)
"""


def job(run: Run, how: str, **more: Any) -> subprocess.CompletedProcess[str]:
    environment = {
        **run.s3.environment(),
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": pipes_context()}),
        "DAGSTER_PIPES_MESSAGES": encode_param(run.params(upload_interval_millis=HOUR_MILLIS, **more)),
        "PYTHONPATH": ":".join(sys.path),
    }
    return subprocess.run(
        [sys.executable, "-c", JOB, how], env=environment, capture_output=True, text=True, check=True, timeout=60
    )


def test_what_is_printed_comes_before_closed_and_closed_is_the_last_line(run: Run) -> None:
    job(run, "stdio", include_stdio_in_messages=True, run_token="k3f9a1")
    got = run.messages()
    assert "printed" in "".join(m["params"]["text"] for m in got if m["method"] == "log_external_stream")
    assert [m["method"] for m in got].count("closed") == 1
    assert got[-1]["method"] == "closed"
    assert numbers(got) == list(range(1, len(got) + 1))
    assert got[-1]["dagster_pipes_jvm"] == {"messages": {"p": len(got)}, "dropped_log_lines": 0}


def test_a_job_that_never_closes_its_session_still_delivers_what_it_reported(run: Run) -> None:
    job(run, "unclosed")
    assert [m["method"] for m in run.messages()] == ["opened", "log"]


def test_a_forked_childs_messages_stand_on_stderr(run: Run) -> None:
    done = job(run, "fork")
    assert [m["method"] for m in run.messages()] == ["opened", "log", "closed"]
    assert "from a child" in done.stderr
    assert "__dagster_pipes_version" in done.stderr


def test_with_identity_a_forked_childs_log_lines_are_output_and_have_no_number(run: Run) -> None:
    done = job(run, "fork", run_token="k3f9a1")
    assert numbers(run.messages()) == [1, 2, 3]
    assert "INFO: from a child" in done.stderr
    assert "__dagster_pipes_version" not in done.stderr


def test_our_reader_gets_all_of_it(runs: DagsterRuns, s3: LocalS3) -> None:
    def body(context: dg.AssetExecutionContext) -> Any:
        reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client())
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as session:
            with opened(PipesJvmS3MessageWriter(s3.client()), dict(session.message_reader_params)) as channel:
                for i in range(100):
                    channel.write_message(log(f"line {i}"))
                channel.write_message(CLOSED)
        return dg.MaterializeResult()

    done = runs.run_body(body)
    assert done.success
    assert [text for _, text in done.logs if text.startswith("line ")] == [f"line {i}" for i in range(100)]


def test_two_processes_that_begin_at_once_under_one_prefix_lose_nothing(run: Run) -> None:
    """Both look for the first chunk before either writes it."""
    both_have_looked = Barrier(2, timeout=60)

    def client() -> Any:
        one = run.s3.client()
        looks: list[int] = []

        def wait(**_: Any) -> None:
            looks.append(1)
            if len(looks) == 1:
                both_have_looked.wait()

        one.meta.events.register("after-call.s3.HeadObject", wait)
        return one

    def report_all(name: str) -> None:
        with PipesJvmS3MessageWriter(client()).open(
            run.params(run_token="k3f9a1", upload_interval_millis=10)
        ) as channel:
            for message in (OPENED, log(name), CLOSED):
                channel.write_message(message)

    threads = [Thread(target=report_all, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sessions = [run.messages(folder) for folder in ("", "attempt-2/")]
    assert sorted(session[1]["params"]["message"] for session in sessions) == ["a", "b"]
    for session in sessions:
        assert [message["method"] for message in session] == ["opened", "log", "closed"]
        assert len({message["n"][:10] for message in session}) == 1


@pytest.mark.parametrize("characters", [10, 10_000])
def test_a_first_chunk_that_arrives_twice_is_the_writers_own(run: Run, characters: int) -> None:
    """The second request is refused, because the object exists. The writer tried one folder after the other."""
    first = {**OPENED, "params": {"extras": {"text": "x" * characters}}}
    with FaultProxy(run.s3.endpoint_url, lambda request: Twice() if request.method == "PUT" else None) as proxy:
        keys = run.s3.credentials
        client = boto3.client(
            "s3",
            endpoint_url=proxy.endpoint,
            region_name="us-east-1",
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
        )
        with PipesJvmS3MessageWriter(client).open(run.params(run_token="k3f9a1", upload_interval_millis=10)) as channel:
            for message in (first, log("a"), CLOSED):
                channel.write_message(message)
    assert [message["method"] for message in run.messages()] == ["opened", "log", "closed"]
    assert not any(name.startswith("attempt-") for name in names(run))


STEP = {"EMR_STEP_ID": "s-1"}
DRIVER = {"CONTAINER_ID": "container_e17_1410901177871_0001_01_000001"}


def session_of_job(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], client: Any = None, **params: Any
) -> None:
    """A whole session of a job with this environment."""
    for name in ("EMR_STEP_ID", "CONTAINER_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    sent = run.params(upload_interval_millis=30, launch="0f3a", **params)
    with opened(PipesJvmS3MessageWriter(client or run.s3.client()), sent) as channel:
        channel.write_message(CLOSED)


def names(run: Run) -> list[str]:
    listed = run.s3.client().list_objects_v2(Bucket="messages", Prefix=run.prefix)
    return [item["Key"].removeprefix(f"{run.prefix}/") for item in listed["Contents"]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (STEP, {"EMR_STEP_ID": "s-2"}),
        (DRIVER, {"CONTAINER_ID": "container_e17_1410901177871_0002_01_000001"}),
    ],
)
def test_the_second_job_of_a_launch_ends_where_it_opens_its_session(
    run: Run, monkeypatch: pytest.MonkeyPatch, first: dict[str, str], second: dict[str, str]
) -> None:
    session_of_job(run, monkeypatch, first)
    before = names(run)
    assert before == ["1.json", "2.json", "job"]
    with pytest.raises(SecondJobError, match=r"second one of its launch.*#second-job"):
        session_of_job(run, monkeypatch, second)
    assert names(run) == before


def test_sessions_and_attempts_of_the_job_of_a_launch_pass(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    second_attempt = {"CONTAINER_ID": "container_e17_1410901177871_0001_02_000004"}
    for environment in ({**STEP, **DRIVER}, STEP, DRIVER, second_attempt, {}):
        session_of_job(run, monkeypatch, environment)
    assert sum(name.endswith("1.json") for name in names(run)) == 5


def test_a_job_that_may_not_read_who_the_first_one_is_passes_and_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::messages/*"}
    keys = run.s3.user_with_policy({"Version": "2012-10-17", "Statement": [statement]})
    session_of_job(run, monkeypatch, STEP)
    session_of_job(run, monkeypatch, {"EMR_STEP_ID": "s-2"}, run.s3.client(keys))
    assert "cannot be read: whether this launch has another job is unknown" in capfd.readouterr().err


def test_the_jvm_and_python_know_the_job_of_a_launch_by_the_same_object(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_of_job(run, monkeypatch, {**STEP, **DRIVER})
    body = run.s3.client().get_object(Bucket="messages", Key=f"{run.prefix}/job")["Body"].read()
    # As in JobOfLaunchSuite.
    assert json.loads(body) == {"step": "s-1", "application": "application_1410901177871_0001", "launch": "0f3a"}
