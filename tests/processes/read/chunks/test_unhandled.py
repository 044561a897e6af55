"""Damaged and refused lines in chunks on S3, read for Dagster's own clients."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.dagster_runs import DagsterRuns, Finished, warnings_of
from tests.support.damage import DAMAGES, Damage, damage_called, damaged, session


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


def put(params: Any, client: Any, *chunks: list[bytes]) -> None:
    for number, lines in enumerate(chunks, start=1):
        body = b"".join(line + b"\n" for line in lines).replace(b"k3f9a1", params["run_token"].encode())
        client.put_object(Bucket=params["bucket"], Key=f"{params['key_prefix']}/{number}.json", Body=body)


@pytest.fixture
def read_s3(runs: DagsterRuns, s3: LocalS3) -> Callable[..., tuple[Finished, list[str]]]:
    """The run of these chunks, for Dagster's own clients; and the names of the chunks that stay."""

    def read(*chunks: list[bytes], **options: Any) -> tuple[Finished, list[str]]:
        prefixes: list[str] = []
        reader = PipesJvmS3MessageReader(
            bucket="messages", client=s3.client(), **{"require_closed": True, "single_attempt": True, **options}
        )

        def body(context: dg.AssetExecutionContext) -> Any:
            with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as session:
                prefixes.append(session.message_reader_params["key_prefix"])
                put(session.message_reader_params, s3.client(), *chunks)
            return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True, check_name="fresh")])

        done = runs.run_body(body, checks=("fresh",))
        (prefix,) = prefixes
        listed = s3.client().list_objects_v2(Bucket="messages", Prefix=f"{prefix}/").get("Contents", ())
        return done, [item["Key"].rpartition("/")[2] for item in listed]

    return read


ReadS3 = Callable[..., tuple[Finished, list[str]]]


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.what for damage in DAMAGES])
def test_a_reader_that_requires_the_whole_session_fails_the_step_and_the_chunk_stays(
    damage: Damage, read_s3: ReadS3
) -> None:
    done, left = read_s3(damaged(damage))
    assert left == ["1.json"]
    assert not done.success
    assert done.materializations == []
    line = rf"(message {damage.number}|a line) \(s3://messages/[^,]*, chunk 1, line {damage.number}: "
    assert re.search(line, done.failure), done.failure
    assert damage.reason in done.failure
    assert "can be found in s3://messages/" in done.failure


def test_a_refused_report_that_was_held_for_the_last_attempt_is_lost_the_same(read_s3: ReadS3) -> None:
    done, left = read_s3(damaged(damage_called("a data version that is a number")), single_attempt=False)
    assert re.search(r"Dagster refused message 3 \(s3://messages/[^,]*, chunk 1, line 3: ", done.failure)
    assert left == ["1.json"]


@pytest.mark.parametrize("is_numbered", [True, False], ids=["numbered", "of Dagster's writer"])
@pytest.mark.parametrize("what", ["HTML", "nothing", "half a chunk"])
def test_a_chunk_with_other_content_is_lost(what: str, is_numbered: bool, read_s3: ReadS3) -> None:
    lines = session(is_numbered=is_numbered)
    content = {"HTML": [b"<html>", b"<body>502</body></html>"], "nothing": [], "half a chunk": [lines[2][:100]]}[what]
    done, left = read_s3(lines[:2], content, lines[3:])
    assert "MessagesMissingError" in done.failure
    assert "chunk 2" in done.failure
    assert left == ["1.json", "2.json", "3.json"]


def test_without_that_it_is_a_warning_and_the_chunk_stays(read_s3: ReadS3) -> None:
    damage = damage_called("a data version that is a number")
    done, left = read_s3(damaged(damage), require_closed=False)
    assert done.success
    assert any("chunk 1, line 3: not handled, the rest goes on: " in text for text in warnings_of(done))
    assert left == ["1.json"]


def test_text_in_a_chunk_of_a_whole_session_is_no_loss(read_s3: ReadS3) -> None:
    done, left = read_s3([*session()[:3], b"hello", *session()[3:]])
    assert done.success, done.failure
    assert left == []


def test_a_session_of_which_only_a_damaged_line_arrives_is_missed(read_s3: ReadS3) -> None:
    damage = damage_called("a broken character")
    other = damage.apply(session()[2]).replace(b"x7c2", b"bbbb")
    done, left = read_s3([*session(), other])
    assert "the end of 1 of its 2 Pipes sessions did not arrive" in done.failure
    assert left == ["1.json"]


def of_attempt(number: int, lines: list[bytes]) -> list[bytes]:
    """The lines of a session whose platform says the attempt."""
    opened = lines[0].replace(b'"params"', b'"dagster_pipes_jvm": {"attempt": %d}, "params"' % number)
    return [opened, *lines[1:]]


def test_a_refused_line_of_an_attempt_that_does_not_count_is_no_loss(read_s3: ReadS3) -> None:
    opened, log, report, *_ = of_attempt(1, damaged(damage_called("a log line's level")))
    again = of_attempt(2, [line.replace(b"x7c2", b"aaaa") for line in session()])
    # The first attempt still writes when the second one has begun.
    done, left = read_s3([opened, again[0], log, report, *again[1:]], single_attempt=False)
    assert done.success, done.failure
    assert any("chunk 1, line 3: not handled, the rest goes on: " in text for text in warnings_of(done))
    assert left == []


def test_an_attempt_that_closed_with_damaged_params_does_not_end_the_reading(read_s3: ReadS3) -> None:
    first = of_attempt(1, damaged(damage_called("closed with an exception that is none")))
    again = of_attempt(2, [line.replace(b"x7c2", b"aaaa") for line in session()])
    done, _ = read_s3([*first, *again], single_attempt=False)
    assert done.success, done.failure
    assert any("Attempt 1 closed its session; its 3 report(s) do not count." in text for text in warnings_of(done))
