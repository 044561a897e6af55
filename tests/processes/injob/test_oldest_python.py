"""The files that travel in a job, on a real Python 3.9 that has nothing else of this package."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import encode_param

from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.in_job import OLDEST, PACKAGE, in_job
from tests.support.oldest_python import oldest_python
from tests.unit.injob.test_pyspark import CONTEXT

# PySpark is large. Its names are enough.
IMPORTS = """
import sys, types
class Named(type):
    def __getitem__(self, _): return self
class Module(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return Named(name, (), {})
for name in ("pyspark", "pyspark.accumulators", "pyspark.sql"):
    sys.modules[name] = Module(name)
    sys.modules[name].__path__ = []
sys.modules["pyspark.sql"].types = Module("pyspark.sql.types")
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
print("imported")
"""
WITHOUT_DAGSTER_PIPES = 'import sys; sys.modules["dagster_pipes"] = None\n' + IMPORTS
SESSION = """
from dagster_pipes_jvm.injob.open_pipes import open_pipes
with open_pipes() as pipes:
    pipes.log.info("on the oldest Python")
    pipes.report_asset_materialization(metadata={"rows": 3})
"""


@pytest.fixture(scope="module")
def python() -> Path:
    found = oldest_python()
    if found is None:
        pytest.skip(f"no Python {OLDEST} on this machine")
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with only the files that travel."""
    folder = tmp_path_factory.mktemp("in-job")
    for file in in_job():
        target = folder / PACKAGE.name / file.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    (folder / PACKAGE.name / "__init__.py").touch()
    return folder


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


def run(python: Path, alone: Path, code: str, *arguments: str, **env: str) -> str:
    done = subprocess.run(
        [python, "-c", code, *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(alone), **env},
        cwd=alone,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def modules() -> list[str]:
    names = [str(file.relative_to(PACKAGE.parent).with_suffix("")).replace(os.sep, ".") for file in in_job()]
    return [name.removesuffix(".__init__") for name in names]


def test_every_module_can_be_imported(python: Path, alone: Path) -> None:
    assert "dagster_pipes_jvm.pyspark" in modules()
    assert run(python, alone, IMPORTS, *modules()) == "imported\n"


def test_what_executors_and_the_launcher_use_needs_no_dagster_pipes(python: Path, alone: Path) -> None:
    names = ["wire", "texts", "_version", "injob.task_reports", "injob.script_runner", "injob.write.limits"]
    assert run(python, alone, WITHOUT_DAGSTER_PIPES, *(f"dagster_pipes_jvm.{name}" for name in names)) == "imported\n"


def check(lines: list[str]) -> None:
    messages: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert [m["method"] for m in messages] == ["opened", "log", "report_asset_materialization", "closed"]
    assert [m["n"][10:] for m in messages] == ["p.1", "p.2", "p.3", "p.4"]
    assert messages[-1]["dagster_pipes_jvm"] == {"messages": {"p": 4}, "dropped_log_lines": 0}


def parameters(messages: dict[str, Any]) -> dict[str, str]:
    return {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param({**messages, "run_token": "k3f9a1"}),
    }


def test_a_session_over_a_file(python: Path, alone: Path, tmp_path: Path) -> None:
    run(python, alone, SESSION, **parameters({"path": str(tmp_path / "m")}))
    check((tmp_path / "m").read_text(encoding="ascii").splitlines())


@pytest.mark.parametrize("key", ["stdio", "buffered_stdio"])
def test_a_session_over_stdout(python: Path, alone: Path, key: str) -> None:
    check(run(python, alone, SESSION, **parameters({key: "stdout"})).splitlines())


def test_a_session_over_chunks_on_s3(python: Path, alone: Path, s3: LocalS3) -> None:
    place = {"bucket": "messages", "key_prefix": "oldest", "upload_interval_millis": 300}
    run(python, alone, SESSION, **s3.environment(), **parameters(place))
    client = s3.client()
    keys = sorted(item["Key"] for item in client.list_objects_v2(Bucket="messages", Prefix="oldest/")["Contents"])
    bodies = [client.get_object(Bucket="messages", Key=key)["Body"].read().decode("ascii") for key in keys]
    check("\n".join(bodies).split("\n"))
