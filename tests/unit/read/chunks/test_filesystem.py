"""The reader of chunks in a file system, over fsspec's own ones; a real HDFS is in tests/endtoend/test_hdfs.py."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from dagster_pipes_jvm import InvalidParameterError, PipesJvmFilesystemMessageReader
from dagster_pipes_jvm.stores.filesystem import reason_of
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns, Finished


def message(method: str, **params: Any) -> str:
    return json.dumps({"__dagster_pipes_version": "0.1", "method": method, "params": params})


def log(text: str) -> str:
    return message("log", message=text, level="INFO")


def write_all(uri: str, chunks: list[str]) -> None:
    fs, directory = fsspec.core.url_to_fs(uri)
    fs.makedirs(directory, exist_ok=True)
    for index, chunk in enumerate(chunks, start=1):
        fs.pipe_file(f"{directory}/{index}.json", chunk.encode())


def read(runs: DagsterRuns, reader: PipesJvmFilesystemMessageReader, job: Callable[[dict[str, Any]], None]) -> Finished:
    def body(context: dg.AssetExecutionContext) -> Any:
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as session:
            job(dict(session.message_reader_params))
        return dg.MaterializeResult()

    return runs.run_body(body)


@pytest.mark.parametrize("place", ["a path", "a file URI", "memory"])
def test_a_backlog_is_read_whole_when_the_process_has_ended(runs: DagsterRuns, tmp_path: Path, place: str) -> None:
    uri = {"a path": str(tmp_path), "a file URI": f"file://{tmp_path}/a b%20/", "memory": "memory://backlog"}[place]
    chunks = [message("opened", extras={}), *(log(f"chunk {n}") for n in range(1, 41)), message("closed")]
    # Nothing is looked for in the meantime: all of it is a backlog at the end.
    reader = PipesJvmFilesystemMessageReader(uri, poll_interval_seconds=3600)
    run = read(runs, reader, lambda params: write_all(params["uri"], chunks))
    assert run.success, run.failure
    assert [text for _, text in run.logs if text.startswith("chunk")] == [f"chunk {n}" for n in range(1, 41)]
    assert not any("did not receive" in text for _, text in run.logs)


@pytest.mark.parametrize("place", ["a path", "memory"])
def test_all_folders_are_read_and_a_gap_is_said(runs: DagsterRuns, tmp_path: Path, place: str) -> None:
    uri = {"a path": str(tmp_path), "memory": "memory://attempts"}[place]

    def job(params: dict[str, Any]) -> None:
        opened = message("opened", extras={})
        write_all(params["uri"], [opened, log("first")])
        write_all(f"{params['uri']}/attempt-2", [opened, log("second"), log("lost"), message("closed")])
        fs, directory = fsspec.core.url_to_fs(params["uri"])
        fs.rm_file(f"{directory}/attempt-2/3.json")

    run = read(runs, PipesJvmFilesystemMessageReader(uri, poll_interval_seconds=3600), job)
    texts = [text.partition(": ")[2] or text for _, text in run.logs]
    assert [text for text in texts if text in ("first", "second")] == ["first", "second"]
    assert not any("started again" in text for text in texts)
    assert "chunk attempt-2/3 is not there, though chunk attempt-2/4 is" in texts
    assert not any("did not receive" in text for text in texts)


def test_the_job_is_told_the_place_in_its_own_words(runs: DagsterRuns) -> None:
    seen: list[dict[str, Any]] = []
    reader = PipesJvmFilesystemMessageReader(
        "hdfs://namenode:8020/pipes/", read_uri="memory://words/", upload_interval_millis=250
    )
    for _ in range(2):
        read(runs, reader, seen.append)
    assert all(params["uri"].startswith("hdfs://namenode:8020/pipes/") for params in seen)
    assert seen[0]["uri"] != seen[1]["uri"]
    assert seen[0]["upload_interval_millis"] == 250
    assert seen[0]["include_stdio_in_messages"] is False
    assert re.fullmatch(r"[a-z0-9]{6}", seen[0]["run_token"])
    assert seen[0]["run_token"] != seen[1]["run_token"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("dbfs:/pipes", "dbfs:///pipes"),
        ("gs://bucket", "gs://bucket"),
        ("/mnt/pipes/", "file:///mnt/pipes"),
        ("file:/mnt/pipes", "file:///mnt/pipes"),
    ],
)
def test_a_place_is_told_as_a_whole_uri(runs: DagsterRuns, given: str, told: str) -> None:
    seen: list[dict[str, Any]] = []
    read(runs, PipesJvmFilesystemMessageReader(given, read_uri="memory://told"), seen.append)
    assert seen[0]["uri"].rpartition("/")[0] == told


def test_a_relative_path_is_one_of_dagsters_working_directory(
    runs: DagsterRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[dict[str, Any]] = []
    read(runs, PipesJvmFilesystemMessageReader("pipes"), seen.append)
    assert seen[0]["uri"].startswith(f"file://{tmp_path}/pipes/")


@pytest.mark.parametrize(("scheme", "package"), [("gs", "gcsfs"), ("abfss", "adlfs"), ("acme", "acme")])
def test_a_scheme_without_its_package_is_refused_at_once_and_the_package_named(
    scheme: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> Any:
        raise (
            ImportError("Please install gcsfs to access Google Storage")
            if name == "gs"
            else ValueError(f"Protocol not known: {name}")
        )

    monkeypatch.setattr(fsspec, "get_filesystem_class", absent)
    with pytest.raises(InvalidParameterError) as caught:
        PipesJvmFilesystemMessageReader(f"{scheme}://somewhere/pipes")
    text = str(caught.value)
    assert text.startswith(
        "Invalid value for parameter `uri` of `PipesJvmFilesystemMessageReader`. Expected a URI that fsspec"
    )
    assert package in text
    assert text.endswith(f"name the same place in another way in `read_uri`. See {PAGE_URL}#stores")


def test_hdfs_without_libhdfs_says_that_webhdfs_needs_none(runs: DagsterRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where there is a libhdfs it would be found, and the name of the host would not.
    for name in ("HADOOP_HOME", "ARROW_LIBHDFS_DIR", "JAVA_HOME"):
        monkeypatch.setenv(name, "/nowhere")
    run = read(runs, PipesJvmFilesystemMessageReader("hdfs://no-such-host.invalid:8020/pipes"), lambda params: None)
    assert "FilesystemAccessError: `PipesJvmFilesystemMessageReader` cannot open hdfs://no-such-host" in run.failure
    assert "without them name the same place by WebHDFS in `read_uri`: webhdfs://NAMENODE:9870/..." in run.failure


class Fails(MemoryFileSystem):
    """Answers the first of its `faults` for each look, and remembers nothing of its own."""

    protocol = "fails"
    faults: list[Exception] = []  # noqa: RUF012

    def cat_file(self, path: str, **arguments: Any) -> bytes:
        if Fails.faults:
            raise Fails.faults.pop(0)
        return bytes(super().cat_file(path, **arguments))


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> type[Fails]:
    fsspec.register_implementation("fails", Fails, clobber=True)
    monkeypatch.setattr(Fails, "faults", [])
    return Fails


@pytest.mark.parametrize("fault", [PermissionError("no"), ConnectionError("refused"), RuntimeError("odd")])
def test_any_fault_before_the_job_starts_fails_the_step(
    runs: DagsterRuns, fails: type[Fails], fault: Exception
) -> None:
    fails.faults.append(fault)
    run = read(runs, PipesJvmFilesystemMessageReader("fails://x"), lambda params: pytest.fail("it started"))
    assert "FilesystemAccessError: `PipesJvmFilesystemMessageReader` cannot " in run.failure
    assert f"/1.json: {type(fault).__name__}: {fault}. Check the place that `uri` names" in run.failure


def test_a_fault_while_the_job_runs_is_said_and_passes(runs: DagsterRuns, fails: type[Fails]) -> None:
    def job(params: dict[str, Any]) -> None:
        fails.faults.extend([ConnectionError("reset"), RuntimeError("standby")])
        write_all(params["uri"], [message("opened", extras={}), message("closed")])

    run = read(runs, PipesJvmFilesystemMessageReader("fails://y", poll_interval_seconds=3600), job)
    assert run.success, run.failure
    assert any("chunk 1 cannot be read now, trying again: ConnectionError: reset" in text for _, text in run.logs)
    assert not any("did not receive" in text for _, text in run.logs)


def test_access_that_is_lost_while_the_job_runs_fails_the_step(runs: DagsterRuns, fails: type[Fails]) -> None:
    reader = PipesJvmFilesystemMessageReader("fails://z", poll_interval_seconds=3600)
    # Credentials that rotate are refused for a moment.
    assert read(runs, reader, lambda params: fails.faults.append(PermissionError("not now"))).success
    run = read(runs, reader, lambda params: fails.faults.extend([PermissionError("no more")] * 1000))
    fails.faults.clear()
    assert not run.success
    assert "/1.json: PermissionError: no more. Check" in run.failure


def test_a_mount_that_still_denies_a_file_is_asked_by_its_directory(
    runs: DagsterRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS remembers for up to a minute that a name was not there, and forgets it when the directory is opened."""
    from fsspec.implementations.local import LocalFileSystem

    refreshed: set[str] = set()
    cat_file, listdir = LocalFileSystem.cat_file, os.listdir

    def stale(self: Any, path: str, **arguments: Any) -> Any:
        if os.path.dirname(path) not in refreshed:
            raise FileNotFoundError(path)
        return cat_file(self, path, **arguments)

    def opened(path: str) -> list[str]:
        names = listdir(path)
        refreshed.add(str(path))
        return names

    monkeypatch.setattr(LocalFileSystem, "cat_file", stale)
    monkeypatch.setattr(os, "listdir", opened)
    chunks = [message("opened", extras={}), log("seen"), message("closed")]
    reader = PipesJvmFilesystemMessageReader(str(tmp_path), poll_interval_seconds=3600)
    run = read(runs, reader, lambda params: write_all(params["uri"], chunks))
    assert "seen" in [text for _, text in run.logs]


def test_a_reason_holds_no_parameters_of_a_url() -> None:
    error = OSError("403 for url: http://nn:9870/webhdfs/v1/x?delegation=SECRET&op=OPEN\nmore")
    assert reason_of(error) == "OSError: 403 for url: http://nn:9870/webhdfs/v1/x?..."
