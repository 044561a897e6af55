"""A script whose only session is one of Spark Connect, with a real server: it reports as any Python process does."""

import sys
from pathlib import Path

import dagster as dg
from dagster import PipesSubprocessClient

from dagster_pipes_jvm import PipesJvmFileMessageReader
from tests.support.dagster_runs import DagsterRuns

SCRIPT = str(Path(__file__).parent / "jobs" / "connect.py")


def test_a_session_of_spark_connect_reports_without_the_jvm_and_is_told_so(runs: DagsterRuns, tmp_path: Path) -> None:
    def body(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        client = PipesSubprocessClient(message_reader=PipesJvmFileMessageReader(), cwd=str(tmp_path))
        return client.run(context=context, command=[sys.executable, SCRIPT]).get_materialize_result()

    done = runs.run_body(body)
    assert done.success, done.failure
    assert done.metadata["rows"] == 3
    assert [(column.name, column.type) for column in done.metadata["schema"].columns] == [("id", "bigint")]
    (refused,) = [text for level, text in done.logs if level == 30 and "PipesJvmMessageWriter" in text]
    assert "Expected a classic session" in refused
    assert "got one of Spark Connect, which reaches no JVM. Use `open_pipes()` without a message writer" in refused
