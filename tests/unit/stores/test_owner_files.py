"""Messages and contexts can hold data: what Dagster's side writes to a POSIX file system is its owner's."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import pytest

from dagster_pipes_jvm import (
    PipesJvmFileMessageReader,
    PipesJvmFilesystemContextInjector,
)
from dagster_pipes_jvm.injob.fallback import Fallback
from dagster_pipes_jvm.stores import owner_files
from tests.support.dagster_runs import DagsterRuns

LINE = json.dumps({"__dagster_pipes_version": "0.1", "method": "report_custom_message", "params": {"payload": 1}})


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


def run(runs: DagsterRuns, injector: Any, reader: Any, job: Any) -> Any:
    def body(context: dg.AssetExecutionContext) -> Any:
        with dg.open_pipes_session(context, injector, reader) as session:
            job(dict(session.context_injector_params), dict(session.message_reader_params))
        return dg.MaterializeResult()

    return runs.run_body(body)


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_message_file_is_its_owners(runs: DagsterRuns, tmp_path: Path, is_shared: bool) -> None:
    if is_shared:
        tmp_path.chmod(0o2775)
    modes = []

    def job(_: Any, params: dict[str, Any]) -> None:
        modes.append(mode(Path(params["path"])))

    run(runs, dg.PipesEnvContextInjector(), PipesJvmFileMessageReader(str(tmp_path)), job)
    assert modes == (["640"] if is_shared else ["600"])


def test_a_temporary_message_file_is_in_a_directory_of_its_owner(runs: DagsterRuns) -> None:
    modes = []

    def job(_: Any, params: dict[str, Any]) -> None:
        path = Path(params["path"])
        modes.extend([mode(path), mode(path.parent)])

    run(runs, dg.PipesEnvContextInjector(), PipesJvmFileMessageReader(), job)
    assert modes == ["600", "700"]


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_context_file_and_its_directories_are_their_owners(
    runs: DagsterRuns, tmp_path: Path, is_shared: bool
) -> None:
    if is_shared:
        tmp_path.chmod(0o2775)
    modes = []

    def job(params: dict[str, Any], _: Any) -> None:
        path = Path(urlsplit(params["uri"]).path)
        modes.extend([mode(path), mode(path.parent), mode(path.parent.parent)])

    injector = PipesJvmFilesystemContextInjector(str(tmp_path / "new" / "pipes"))
    run(runs, injector, PipesJvmFileMessageReader(), job)
    assert modes == (["640", "750", "750"] if is_shared else ["600", "700", "700"])


def test_a_file_that_others_could_read_is_its_owners_when_it_is_written_again(tmp_path: Path) -> None:
    marks = tmp_path / "handled.json"
    marks.write_text("an earlier version wrote this")
    owner_files.write(marks, b"{}")
    assert (marks.read_text(), mode(marks)) == ("{}", "600")
    with pytest.raises(FileExistsError):
        owner_files.create(marks)


def test_a_message_file_that_a_python_job_has_to_make_again_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    Fallback({"path": str(path)}, has_identity=False).write(LINE)
    assert (path.read_text(), mode(path)) == (f"{LINE}\n", "600")
