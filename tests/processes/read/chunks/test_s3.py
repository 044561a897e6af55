import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest
from dagster_pipes import PipesMessage, PipesParams

from dagster_pipes_jvm import InvalidParameterError, MessagesMissingError, PipesJvmS3MessageReader, S3AccessError
from dagster_pipes_jvm.read.messages.accounted import account_of
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin.s3_server import Credentials, LocalS3
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.numbered import Session
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message
from tests.support.s3_answers import Requests, answer, refusal


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


@pytest.fixture
def only_prefix(s3: LocalS3) -> Any:
    """A client that may get, put and delete under `team/`, and nothing else: no listing."""
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": "arn:aws:s3:::messages/team/*"},
        # For moto, see `LocalS3.user_with_policy`; AWS takes no notice of it.
        {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::messages"},
    ]
    return s3.client(s3.user_with_policy({"Version": "2012-10-17", "Statement": statements}))


class Place:
    """Where a run's chunks go, with the rights of whoever owns the server."""

    def __init__(self, s3: LocalS3, params: Mapping[str, Any]) -> None:
        self._client = s3.client()
        self._bucket = params["bucket"]
        self._prefix = params["key_prefix"]

    def put(self, *texts: str, folder: str = "", first: int = 1) -> None:
        """Write chunks, numbered in order."""
        for index, text in enumerate(texts, start=first):
            self._client.put_object(Bucket=self._bucket, Key=f"{self._prefix}/{folder}{index}.json", Body=text.encode())

    def names(self) -> list[str]:
        """What is there."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{self._prefix}/")
        return [item["Key"].removeprefix(f"{self._prefix}/") for page in pages for item in page.get("Contents", ())]


@contextmanager
def reading(reader: PipesJvmS3MessageReader, s3: LocalS3) -> Iterator[tuple[RecordingHandler, Place, PipesParams]]:
    handler: Any = RecordingHandler()
    with reader.read_messages(handler) as params:
        yield handler, Place(s3, params), params


def read(runs: DagsterRuns, reader: PipesJvmS3MessageReader, chunks: list[str], s3: LocalS3) -> Finished:
    def body(context: dg.AssetExecutionContext) -> Any:
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as session:
            Place(s3, session.message_reader_params).put(*chunks)
        return dg.MaterializeResult()

    return runs.run_body(body)


def test_a_backlog_of_a_thousand_chunks_is_read_whole_and_in_order_when_the_process_has_ended(s3: LocalS3) -> None:
    # Nothing is looked for in the meantime: all of it is a backlog at the end.
    reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client(), poll_interval_seconds=3600)
    with reading(reader, s3) as (handler, place, _):
        place.put(OPENED, *(log(f"chunk {n}") for n in range(1, 1001)), CLOSED)
    assert handler.texts == ["opened", *(f"chunk {n}" for n in range(1, 1001)), "closed"]
    assert handler.warnings == []
    assert place.names() == []


def test_the_writer_is_told_what_the_reader_wants(s3: LocalS3) -> None:
    reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client(), upload_interval_millis=250)
    with reading(reader, s3) as (_, _, params):
        pass
    prefix, token = params.pop("key_prefix"), params.pop("run_token")
    assert re.fullmatch(r"[a-z0-9]{6}", str(token))
    assert params == {
        "bucket": "messages",
        "include_stdio_in_messages": False,
        "upload_interval_millis": 250,
        "reads_jvm_folder": True,
    }
    with reading(reader, s3) as (_, _, other):
        assert other["key_prefix"] != prefix
        assert other["run_token"] != token


class _Signalling(RecordingHandler):
    """Says when a message with this method has come."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.came = Event()
        self._method = method

    def handle_message(self, message: PipesMessage) -> None:
        super().handle_message(message)
        if message["method"] == self._method:
            self.came.set()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"interval": 0.05}, id="as Dagster's reader is made"),
        pytest.param({"single_attempt": True, "poll_interval_seconds": 0.05}, id="single_attempt"),
    ],
)
def test_a_report_of_a_process_is_there_while_it_runs(s3: LocalS3, options: dict[str, Any]) -> None:
    handler: Any = _Signalling("report_asset_materialization")
    with PipesJvmS3MessageReader(bucket="messages", client=s3.client(), **options).read_messages(handler) as params:
        session = Session(token=str(params["run_token"]))
        place = Place(s3, params)
        place.put(f"{session.opened()}\n{session.report()}")
        assert handler.came.wait(30)
        place.put(session.closed(), first=2)
    assert handler.texts == ["opened", "report_asset_materialization", "closed"]


@pytest.mark.parametrize(
    ("attempt", "options"),
    [
        pytest.param(1, {}, id="a platform that counts attempts"),
        pytest.param(None, {"single_attempt": False}, id="single_attempt=False"),
    ],
)
def test_reports_may_have_to_wait_for_the_end(s3: LocalS3, attempt: int | None, options: dict[str, Any]) -> None:
    handler: Any = _Signalling("log")
    reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client(), interval=0.05, **options)
    with reader.read_messages(handler) as params:
        session = Session(token=str(params["run_token"]), attempt=attempt)
        place = Place(s3, params)
        place.put(f"{session.opened()}\n{session.report()}", session.log("behind it"))
        assert handler.came.wait(30)
        assert handler.texts == ["opened", "behind it"]
        place.put(session.closed(), first=3)
    assert handler.texts == ["opened", "behind it", "report_asset_materialization", "closed"]


def test_a_bucket_that_does_not_exist_fails_the_step_at_once(runs: DagsterRuns, s3: LocalS3) -> None:
    run = read(runs, PipesJvmS3MessageReader(bucket="no-such-bucket", client=s3.client()), [], s3)
    assert "S3AccessError: S3 does not let `PipesJvmS3MessageReader` read s3://no-such-bucket/" in run.failure
    assert "/1.json: NoSuchBucket (" in run.failure
    assert f"Create the bucket, or name another in `bucket`. See {PAGE_URL}#s3-access" in run.failure


def test_refused_access_fails_the_step_at_once(runs: DagsterRuns, s3: LocalS3) -> None:
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    client = s3.client(s3.user_with_policy({"Version": "2012-10-17", "Statement": [statement]}))
    run = read(runs, PipesJvmS3MessageReader(bucket="messages", client=client), [], s3)
    assert "S3AccessError: S3 does not let `PipesJvmS3MessageReader` read s3://messages/" in run.failure
    assert "/1.json: AccessDenied. " in run.failure
    assert "Give the credentials of `client` s3:GetObject there" in run.failure
    assert f"See {PAGE_URL}#s3-access" in run.failure


def test_wrong_credentials_fail_the_step_at_once(runs: DagsterRuns, s3: LocalS3) -> None:
    client = s3.client(Credentials(s3.access_key_id, "wrong"))
    run = read(runs, PipesJvmS3MessageReader(bucket="messages", client=client), [], s3)
    assert "/1.json: SignatureDoesNotMatch (" in run.failure
    assert "an access key and a secret" in run.failure


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "ExpiredToken", "credentials that renew themselves"),
        (403, "RequestTimeTooSkewed", "Set the clock of this machine."),
        (301, "PermanentRedirect", "with the region of the bucket"),
        (400, "KMS.DisabledException", "Check the KMS key"),
    ],
)
def test_a_refusal_says_what_to_do_about_it(s3: LocalS3, status: int, code: str, remedy: str) -> None:
    client = s3.client()
    Requests(client, GetObject=lambda number, request: refusal(status, code))
    with pytest.raises(S3AccessError) as caught:
        with reading(PipesJvmS3MessageReader(bucket="messages", client=client), s3):
            pytest.fail("the job would have been started")
    assert remedy in str(caught.value)
    assert caught.value.code == code


def test_a_client_without_credentials_fails_the_step_at_once(s3: LocalS3, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    client = boto3.session.Session().client("s3", endpoint_url=s3.endpoint_url, region_name=s3.region)
    with pytest.raises(S3AccessError, match=r"^`PipesJvmS3MessageReader` cannot read s3://.*: NoCredentialsError"):
        with reading(PipesJvmS3MessageReader(bucket="messages", client=client), s3):
            pytest.fail("the job would have been started")


def test_a_policy_of_get_put_and_delete_under_a_prefix_is_enough(s3: LocalS3, only_prefix: Any) -> None:
    reader = PipesJvmS3MessageReader(bucket="messages", client=only_prefix, key_prefix="team/")
    with reading(reader, s3) as (handler, place, params):
        assert str(params["key_prefix"]).startswith("team/")
        place.put(OPENED, log("a"))
        place.put(OPENED, log("b"), CLOSED, folder="attempt-2/")
    assert handler.texts == ["opened", "a", "opened", "b", "closed"]
    assert handler.warnings == []
    assert place.names() == []


def test_without_the_right_to_list_access_that_is_lost_is_not_taken_for_not_yet(s3: LocalS3, only_prefix: Any) -> None:
    """A 403 means "not yet" only while the reader can read its own object."""
    is_revoked: list[bool] = []
    requests = Requests(
        only_prefix, GetObject=lambda number, request: refusal(403, "AccessDenied") if is_revoked else None
    )
    reader = PipesJvmS3MessageReader(bucket="messages", client=only_prefix, key_prefix="team")

    def lose_access() -> None:
        with reading(reader, s3) as (_, place, _):
            places.append(place)
            is_revoked.append(True)
            place.put(OPENED)

    places: list[Place] = []
    with pytest.raises(S3AccessError, match="AccessDenied"):
        lose_access()
    (place,) = places
    assert requests.of("PutObject")
    assert place.names() == ["1.json"]


def test_put_options_go_with_everything_that_is_written_and_those_of_every_request_with_all(
    s3: LocalS3, only_prefix: Any
) -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    def note(request: Any, event_name: str, **_: Any) -> None:
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        seen.append((event_name.rpartition(".")[2], headers))

    only_prefix.meta.events.register("before-send.s3", note)
    options = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/team", "RequestPayer": "requester"}
    reader = PipesJvmS3MessageReader(bucket="messages", client=only_prefix, key_prefix="team", put_options=options)
    with reading(reader, s3) as (_, place, _):
        place.put(OPENED, CLOSED)
    puts = [headers for operation, headers in seen if operation == "PutObject"]
    assert puts
    assert all(headers["x-amz-server-side-encryption"] == "aws:kms" for headers in puts)
    assert all(headers["x-amz-request-payer"] == "requester" for _, headers in seen)
    assert {operation for operation, _ in seen} >= {"GetObject", "PutObject", "ListObjectsV2", "DeleteObjects"}
    with pytest.raises(InvalidParameterError, match="got Key"):
        PipesJvmS3MessageReader(bucket="messages", client=only_prefix, put_options={"Key": "mine"})


def test_a_body_that_breaks_off_is_asked_for_again(s3: LocalS3) -> None:
    client = s3.client()

    def break_off(number: int, request: Any) -> Any:
        is_chunk = request.url.endswith("/1.json")
        return answer(OPENED[:20].encode(), **{"Content-Length": "4000"}) if is_chunk and number in (1, 2) else None

    Requests(client, GetObject=break_off)
    reader = PipesJvmS3MessageReader(bucket="messages", client=client, poll_interval_seconds=3600)
    with reading(reader, s3) as (handler, place, _):
        place.put(OPENED, CLOSED)
    assert handler.texts == ["opened", "closed"]
    assert handler.warnings == []


def test_throttling_is_waited_out(s3: LocalS3) -> None:
    client = s3.client()
    # botocore itself asks five times.
    Requests(client, GetObject=lambda number, request: refusal(503, "SlowDown") if 1 <= number <= 6 else None)
    reader = PipesJvmS3MessageReader(bucket="messages", client=client, poll_interval_seconds=3600)
    with reading(reader, s3) as (handler, place, _):
        place.put(OPENED, CLOSED)
    assert handler.texts == ["opened", "closed"]
    assert len(handler.warnings) == 1
    assert "SlowDown" in handler.warnings[0]


@pytest.mark.parametrize("may_list", [True, False])
def test_a_chunk_that_changed_after_it_was_read_is_noticed(s3: LocalS3, only_prefix: Any, may_list: bool) -> None:
    """As a second attempt of a job with Dagster's own writer does: it begins at 1.json again."""
    client = s3.client() if may_list else only_prefix
    reader = PipesJvmS3MessageReader(bucket="messages", client=client, key_prefix="team", require_closed=True)

    def overwrite() -> RecordingHandler:
        with reading(reader, s3) as (handler, place, _):
            place.put(OPENED, log("a"), CLOSED)
            wait_for(lambda: len(handler.messages) == 2)
            place.put(OPENED.replace("{}", "[1]"))
        return handler

    with pytest.raises(MessagesMissingError, match=r"chunk 1 was written anew with another content"):
        overwrite()


def test_the_same_bytes_written_twice_are_no_change(s3: LocalS3) -> None:
    client = s3.client()
    reader = PipesJvmS3MessageReader(bucket="messages", client=client, require_closed=True)
    with reading(reader, s3) as (handler, place, _):
        place.put(OPENED, CLOSED)
        wait_for(lambda: len(handler.messages) == 1)
        place.put(OPENED, CLOSED)
    assert handler.warnings == []


def test_bad_lines_are_said_with_chunk_and_line_and_the_rest_goes_on(runs: DagsterRuns, s3: LocalS3) -> None:
    chunks = [OPENED, f"123\n{log('a')}\n{message('dance')}\n{log('b')[:-9]}", CLOSED]
    run = read(runs, PipesJvmS3MessageReader(bucket="messages", client=s3.client()), chunks, s3)
    assert run.success
    texts = [text for _, text in run.logs]
    assert "a" in texts
    assert any("chunk 2, line 1: not handled" in text and "JSON, but int" in text for text in texts)
    assert any("chunk 2, line 3: not handled" in text and "Unknown message method: dance" in text for text in texts)
    assert any("chunk 2, line 4: not handled, the rest goes on: cut off, no JSON" in text for text in texts)


def test_with_dagsters_clients_a_session_that_never_closed_fails_the_step_on_demand(
    runs: DagsterRuns, s3: LocalS3
) -> None:
    def reader(**options: Any) -> PipesJvmS3MessageReader:
        return PipesJvmS3MessageReader(bucket="messages", client=s3.client(), **options)

    unclosed = [OPENED, log("the last words")]
    assert read(runs, reader(), unclosed, s3).success
    run = read(runs, reader(require_closed=True), unclosed, s3)
    assert "PipesNotClosedError" in run.failure
    assert "whose end did not arrive; 2 messages arrived, the last one" in run.failure
    assert "the last words" in run.failure
    run = read(runs, reader(require_closed=True), [], s3)
    assert "never opened its Pipes session. Attempted to read messages from s3://messages/" in run.failure
    run = read(runs, reader(require_closed=True), [OPENED, log("a")[:30], CLOSED], s3)
    assert "but this side could not read a line (s3://messages/" in run.failure
    assert read(runs, reader(require_closed=True), [OPENED, CLOSED], s3).success


def test_messages_are_removed_when_they_are_read_also_where_the_run_fails(s3: LocalS3) -> None:
    s3.client().put_object(Bucket="messages", Key="somebody/elses.json", Body=b"")
    reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client())

    def fail() -> None:
        with reading(reader, s3) as (_, place, params):
            places.append(place)
            place.put(OPENED, CLOSED)
            s3.client().put_object(Bucket="messages", Key=f"{params['key_prefix']}/notes.txt", Body=b"")
            raise RuntimeError("the job failed")

    places: list[Place] = []
    with pytest.raises(RuntimeError, match="the job failed"):
        fail()
    assert places[0].names() == ["notes.txt"]
    assert s3.client().head_object(Bucket="messages", Key="somebody/elses.json")


def test_messages_stay_where_they_are_wanted_or_incomplete(s3: LocalS3, only_prefix: Any) -> None:
    with reading(PipesJvmS3MessageReader(bucket="messages", client=s3.client(), keep_messages=True), s3) as run:
        run[1].put(OPENED, CLOSED)
    assert run[1].names() == ["1.json", "2.json"]
    reader = PipesJvmS3MessageReader(bucket="messages", client=only_prefix, key_prefix="team")
    with reading(reader, s3) as run:
        account_of(run[0]).keep_messages = True  # type: ignore[arg-type]  # a recorder of the handler's calls
        run[1].put(OPENED, CLOSED)
    assert run[1].names() == ["1.json", "2.json"]
    with reading(reader, s3) as run:
        run[1].put(OPENED, "no message", CLOSED)
    assert run[1].names() == ["1.json", "2.json", "3.json"]


def test_what_cannot_be_removed_is_said(s3: LocalS3) -> None:
    actions = ["s3:GetObject", "s3:PutObject"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "arn:aws:s3:::messages/*"}
    client = s3.client(s3.user_with_policy({"Version": "2012-10-17", "Statement": [statement]}))
    with reading(PipesJvmS3MessageReader(bucket="messages", client=client), s3) as (handler, place, _):
        place.put(OPENED, CLOSED)
    assert handler.texts == ["opened", "closed"]
    assert len(handler.warnings) == 1
    assert "3 object(s) could not be removed and stay: " in handler.warnings[0]
    assert "AccessDenied" in handler.warnings[0]
    assert "keep_messages=True" in handler.warnings[0]


def test_a_store_without_the_removal_of_many_is_asked_one_by_one(s3: LocalS3) -> None:
    """Google's, for example."""
    client = s3.client()
    requests = Requests(client, DeleteObjects=lambda number, request: refusal(400, "InvalidArgument"))
    with reading(PipesJvmS3MessageReader(bucket="messages", client=client), s3) as (handler, place, _):
        place.put(OPENED, CLOSED)
    assert len(requests.of("DeleteObject")) == 2
    assert place.names() == []
    assert handler.warnings == []


def test_two_runs_at_once_with_one_reader_keep_apart(s3: LocalS3) -> None:
    reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client(), poll_interval_seconds=0.01)
    both_read, results = Barrier(2, timeout=60), {}

    def run(name: str) -> None:
        with reading(reader, s3) as (handler, place, _):
            both_read.wait()
            place.put(OPENED, *(log(f"{name} {n}") for n in range(50)), CLOSED)
            both_read.wait()
        results[name] = handler

    threads = [Thread(target=run, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, handler in results.items():
        assert handler.texts == ["opened", *(f"{name} {n}" for n in range(50)), "closed"]
        assert handler.warnings == []


def test_a_reader_that_died_in_the_middle_is_taken_up_by_another(s3: LocalS3) -> None:
    """Everything is read again, because the reports of the first died with it: each log line comes twice, each report once."""
    materialization = message("report_asset_materialization", {"asset_key": "probe"})

    def reader() -> PipesJvmS3MessageReader:
        return PipesJvmS3MessageReader(bucket="messages", client=s3.client(), require_closed=True)

    def die() -> None:
        with reading(reader(), s3) as run:
            runs.append(run)
            account_of(run[0]).keep_messages = True  # type: ignore[arg-type]  # a recorder of the handler's calls
            run[1].put(OPENED, log("before"), materialization)
            wait_for(lambda: len(run[0].messages) == 2)
            raise KeyboardInterrupt

    runs: list[tuple[RecordingHandler, Place, PipesParams]] = []
    with pytest.raises(KeyboardInterrupt):
        die()
    ((first, place, params),) = runs
    with reading(reader().resuming(params), s3) as (second, _, same):
        assert same == params
        place.put(log("after"), CLOSED, first=4)
    assert first.texts[:2] == ["opened", "before"]
    assert second.texts == ["opened", "before", "after", "report_asset_materialization", "closed"]
    assert place.names() == []


def test_an_idle_reader_sends_one_request_at_a_time_and_few_at_the_end(s3: LocalS3) -> None:
    client = s3.client()
    reader = PipesJvmS3MessageReader(bucket="messages", client=client, poll_interval_seconds=3600)
    with reading(reader, s3) as (_, place, _):
        place.put(OPENED, CLOSED)
        requests = Requests(client)
    # Both chunks, two behind them that are not there, one listing of what else may be, and the removal of both.
    assert [name for name, _ in requests.sent] == [*["GetObject"] * 4, "ListObjectsV2", "DeleteObjects"]


def wait_for(condition: Callable[[], bool]) -> None:
    """A reader in this process has come so far; the test's time limit ends what never comes."""
    from threading import Event

    while not condition():
        Event().wait(0.01)


def test_a_name_that_only_looks_like_a_chunk_is_left_alone(s3: LocalS3) -> None:
    reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client(), key_prefix=f"x{uuid4()}")
    with reading(reader, s3) as (handler, place, _):
        place.put(OPENED, CLOSED)
        place.put("no chunk", folder="attempt-2/deep/")
        place.put("no chunk", folder="0")
    assert handler.texts == ["opened", "closed"]
    assert handler.warnings == []
    assert place.names() == ["01.json", "attempt-2/deep/1.json"]


@pytest.mark.parametrize("refused", ["GetObject", "ListObjectsV2", "DeleteObjects"])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ExpiredToken"),
        (403, "RequestTimeTooSkewed"),
        (403, "InvalidAccessKeyId"),
        (403, "AccessDenied"),
        (503, "SlowDown"),
        (500, "InternalError"),
    ],
)
def test_one_refusal_after_the_jobs_end_costs_nothing(s3: LocalS3, refused: str, status: int, code: str) -> None:
    client = s3.client()
    left: list[int] = []
    rule = {refused: lambda number, request: refusal(status, code) if left and left.pop() else None}
    reader = PipesJvmS3MessageReader(bucket="messages", client=client, poll_interval_seconds=3600, require_closed=True)
    with reading(reader, s3) as (handler, place, params):
        session = Session(token=str(params["run_token"]))
        place.put(f"{session.opened()}\n{session.report()}", session.closed())
        Requests(client, **rule)  # type: ignore[arg-type]  # a rule
        left.append(1)
    assert left == []
    assert handler.texts == ["opened", "report_asset_materialization", "closed"]
    assert place.names() == []


def test_an_attempt_that_writes_on_leaves_nothing_and_what_it_writes_afterwards_is_said(s3: LocalS3) -> None:
    reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client(), interval=0.05, require_closed=True)
    with reading(reader, s3) as (handler, place, params):
        token = str(params["run_token"])
        zombie, second = Session("aaaa", token=token, attempt=1), Session("bbbb", token=token, attempt=2)
        place.put(f"{zombie.opened()}\n{zombie.report('first')}")
        wait_for(lambda: len(handler.messages) == 1)
        place.put(f"{second.opened()}\n{second.report('second')}", folder="attempt-2/")
        wait_for(lambda: len(handler.messages) == 2)
        place.put(f"{zombie.log('of the zombie')}\n{zombie.report('late')}", first=2)
        place.put(second.closed(), folder="attempt-2/", first=2)
    assert handler.texts == ["opened", "opened", "of the zombie", "report_asset_materialization", "closed"]
    assert handler.messages[-2]["params"] == {"asset_key": "second"}
    assert place.names() == []
    told = [text for text in handler.warnings if "attempt 1" in text]
    assert "its log lines are read, and its reports do not count" in told[0]
    assert "session aaaa did not arrive: what it writes from now on is not read, and stays where it is" in told[-1]
