import json
from pathlib import Path
from typing import Any

import dagster as dg
import fsspec
import pytest

from dagster_pipes_jvm import PipesJvmFilesystemContextInjector
from tests.support.dagster_runs import DagsterRuns


def run_with(runs: DagsterRuns, injector: PipesJvmFilesystemContextInjector, job: Any) -> Any:
    def body(context: dg.AssetExecutionContext) -> Any:
        with dg.open_pipes_session(context, injector, dg.PipesTempFileMessageReader(), extras={"x": "ü"}) as session:
            job(dict(session.context_injector_params))
        return dg.MaterializeResult()

    return runs.run_body(body)


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_the_context_is_there_while_the_job_runs_and_removed_however_it_ends(
    runs: DagsterRuns, tmp_path: Path, ends: str
) -> None:
    directory = tmp_path / "new" / "pipes"
    extras: list[Any] = []

    def job(params: dict[str, Any]) -> None:
        assert params["uri"].startswith(f"file://{directory}/")
        fs, path = fsspec.core.url_to_fs(params["uri"])
        extras.append(json.loads(fs.cat_file(path))["extras"])
        if ends == "badly":
            raise ValueError("the job failed")

    run = run_with(runs, PipesJvmFilesystemContextInjector(str(directory)), job)
    assert extras == [{"x": "ü"}]
    assert run.success == (ends == "well")
    assert list(directory.iterdir()) == []


def test_the_job_is_told_the_place_in_its_own_words(runs: DagsterRuns) -> None:
    seen: list[Any] = []
    injector = PipesJvmFilesystemContextInjector("hdfs://nn:8020/pipes", write_uri="memory://inject")
    for _ in range(2):
        assert run_with(runs, injector, seen.append).success
    assert all(params["uri"].startswith("hdfs://nn:8020/pipes/context-") for params in seen)
    assert seen[0] != seen[1]
    assert fsspec.filesystem("memory").ls("/inject") == []


def test_a_context_that_somebody_else_removed_fails_nothing(runs: DagsterRuns, tmp_path: Path) -> None:
    def job(params: dict[str, Any]) -> None:
        (context,) = tmp_path.glob("pipes/*")
        context.unlink()

    assert run_with(runs, PipesJvmFilesystemContextInjector(str(tmp_path / "pipes")), job).success


def test_a_context_that_cannot_be_removed_is_said_and_the_runs_end_is_what_it_was(
    runs: DagsterRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError("no")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.rm_file", refuse)
    run = run_with(runs, PipesJvmFilesystemContextInjector(str(tmp_path / "pipes")), lambda params: None)
    assert run.success
    assert any("could not be removed and stays: PermissionError: no" in text for _, text in run.logs)


def test_a_place_that_cannot_be_written_fails_the_step_before_the_job_starts(runs: DagsterRuns, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    injector = PipesJvmFilesystemContextInjector(str(tmp_path / "file"))
    run = run_with(runs, injector, lambda params: pytest.fail("it started"))
    assert f"FilesystemAccessError: `PipesJvmFilesystemContextInjector` cannot write {tmp_path}/file/" in run.failure
    assert "Check the place that `uri` names" in run.failure
