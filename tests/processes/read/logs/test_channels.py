"""One contract for every reader of ours, written to by Dagster's own Python writers in another process."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.pipes.client import PipesClientCompletedInvocation, PipesMessageReader

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmS3MessageReader
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.dagster_runs import DagsterRuns

WRITER_SCRIPT = """
import sys
from dagster_pipes import PipesDefaultMessageWriter, PipesS3MessageWriter, open_dagster_pipes

if sys.argv[1] == "s3":
    import boto3
    writer = PipesS3MessageWriter(boto3.client("s3"))
else:
    writer = PipesDefaultMessageWriter()
with open_dagster_pipes(message_writer=writer) as pipes:
    for number in range(int(sys.argv[2])):
        pipes.log.info("line %d \\u2028 \\U0001f680", number)
    pipes.report_asset_materialization(metadata={"rows": 7})
    pipes.report_custom_message({"a": [1, None]})
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


@pytest.fixture(params=["file", "shared directory", "s3", "s3 with prefix"])
def reader(request: pytest.FixtureRequest, s3: LocalS3, tmp_path: Path) -> PipesMessageReader:
    readers: dict[str, Callable[[], PipesMessageReader]] = {
        "file": PipesJvmFileMessageReader,
        "shared directory": lambda: PipesJvmFileMessageReader(str(tmp_path)),
        "s3": lambda: PipesJvmS3MessageReader(bucket="messages", client=s3.client()),
        "s3 with prefix": lambda: PipesJvmS3MessageReader(bucket="messages", client=s3.client(), key_prefix="a/b/"),
    }
    return readers[request.param]()


def run_writer(
    context: dg.AssetExecutionContext, reader: PipesMessageReader, s3: LocalS3, lines: int
) -> PipesClientCompletedInvocation:
    is_s3 = isinstance(reader, PipesJvmS3MessageReader)
    client = dg.PipesSubprocessClient(message_reader=reader, env={**s3.environment(), "LANG": "C.UTF-8"})
    script = [sys.executable, "-c", WRITER_SCRIPT, "s3" if is_s3 else "default", str(lines)]
    return client.run(context=context, command=script)


def test_what_dagsters_writer_sends_arrives_whole_and_in_order(
    runs: DagsterRuns, reader: PipesMessageReader, s3: LocalS3, tmp_path: Path
) -> None:
    custom: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        invocation = run_writer(context, reader, s3, lines=50)
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    run = runs.run_body(body)
    assert run.success
    assert [text for _, text in run.logs if text.startswith("line")] == [
        f"line {n} \u2028 \U0001f680" for n in range(50)
    ]
    assert run.metadata == {"rows": 7}
    assert custom == [{"a": [1, None]}]
    assert not any("did not receive" in text for _, text in run.logs)
    assert list(tmp_path.glob("*.jsonl")) == []


def test_one_reader_serves_several_runs(runs: DagsterRuns, reader: PipesMessageReader, s3: LocalS3) -> None:
    for lines in (2, 3):
        run = runs.run_body(lambda context, n=lines: run_writer(context, reader, s3, n).get_materialize_result())  # type: ignore[misc]  # mypy does not infer a lambda with a default
        assert run.success
        assert len([text for _, text in run.logs if text.startswith("line")]) == lines
        assert run.metadata == {"rows": 7}


KILLED_SCRIPT = """
import os, time, boto3
from dagster_pipes import PipesS3MessageWriter, open_dagster_pipes

client = boto3.client("s3")
with open_dagster_pipes(message_writer=PipesS3MessageWriter(client, interval=0)) as pipes:
    pipes.log.info("the last words")
    while not client.list_objects_v2(Bucket="killed").get("Contents"):
        time.sleep(0.05)
    os._exit(0)
"""


def test_a_job_that_dies_without_closing_its_session_fails_the_step_though_its_exit_code_is_0(
    runs: DagsterRuns, s3: LocalS3
) -> None:
    """With Dagster's own reader the asset succeeds (https://github.com/dagster-io/dagster/issues/17868)."""
    s3.create_bucket("killed")
    reader = PipesJvmS3MessageReader(bucket="killed", client=s3.client(), require_closed=True)
    client = dg.PipesSubprocessClient(message_reader=reader, env=s3.environment())
    run = runs.run_body(lambda context: client.run(context=context, command=[sys.executable, "-c", KILLED_SCRIPT]))
    assert "whose end did not arrive; 2 messages arrived, the last one" in run.failure
    assert "the last words" in run.failure
    assert (20, "the last words") in run.logs
    assert "Contents" not in s3.client().list_objects_v2(Bucket="killed")


def test_captured_output_that_dagsters_writer_sends_behind_closed_arrives(
    runs: DagsterRuns, s3: LocalS3, capfd: pytest.CaptureFixture[str]
) -> None:
    script = """
import boto3
from dagster_pipes import PipesS3MessageWriter, open_dagster_pipes
with open_dagster_pipes(message_writer=PipesS3MessageWriter(boto3.client("s3"))):
    print("printed by the job", flush=True)
"""
    reader = PipesJvmS3MessageReader(
        bucket="messages", client=s3.client(), include_stdio_in_messages=True, require_closed=True
    )
    client = dg.PipesSubprocessClient(message_reader=reader, env=s3.environment())
    run = runs.run_body(
        lambda context: client.run(context=context, command=[sys.executable, "-c", script]).get_materialize_result()
    )
    assert run.success, run.failure
    # Once by the process itself, once by its message.
    assert capfd.readouterr().out.count("printed by the job") == 2
