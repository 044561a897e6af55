"""The PySpark zip in Pythons with and without packages: it brings what is missing, and shadows nothing."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import encode_param

from dagster_pipes_jvm import __version__, pyspark_zip
from dagster_pipes_jvm.wire import decode_line
from tests.conftest import REPOSITORY
from tests.support.bare_python import OLDEST, bare_python, pyspark_of

ZIP = pyspark_zip()
BUILD = REPOSITORY / "python" / "pyspark_zip" / "build.py"
CARRIED = "1.11.16"
ORDERS = ["zip first", "installed first"]


@dataclass(frozen=True)
class Bare:
    """A Python without packages, with the pyspark that Spark brings to it."""

    python: Path
    pyspark: list[Path]
    folder: Path

    def run(self, code: str, *path: Path, fails: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program with these entries of the Python path in front of the entries of Spark."""
        done = subprocess.run(
            [self.python, "-c", code],
            cwd=self.folder,
            env={"PYTHONPATH": os.pathsep.join(map(str, [*path, *self.pyspark])), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stderr
        return done

    def says(self, code: str, *path: Path) -> str:
        """The standard output of a program that writes nothing else."""
        done = self.run(code, *path)
        assert done.stderr == ""
        return done.stdout.strip()


@pytest.fixture(scope="module", params=[OLDEST, "this"])
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    folder = tmp_path_factory.mktemp("bare")
    version = None if request.param == "this" else request.param
    python = bare_python(folder / "environment", version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    (folder / "work").mkdir()
    return Bare(python, pyspark_of("3.5" if version else "4.3"), folder / "work")


def package(folder: Path, name: str, **modules: str) -> Path:
    """A folder of the Python path with a package; `__init__` is empty unless it is given."""
    (folder / name).mkdir(parents=True)
    for module, source in {"__init__": "", **modules}.items():
        (folder / name / f"{module}.py").write_text(source, encoding="utf-8")
    return folder


def ordered(order: str, *installed: Path, zip_file: Path = ZIP) -> list[Path]:
    return [zip_file, *installed] if order == "zip first" else [*installed, zip_file]


def test_the_zip_is_the_one_of_these_sources_and_is_built_to_the_byte_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        subprocess.run([sys.executable, BUILD, tmp_path / name], check=True, capture_output=True)
    one, two = (tmp_path / name / ZIP.name for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes() == ZIP.read_bytes(), "Run `make pyspark-zip`."
    assert [path.name for path in (tmp_path / "one").iterdir()] == [ZIP.name]


def test_a_python_without_packages_imports_everything_from_the_zip(bare: Bare) -> None:
    code = """if True:
        import dagster_pipes, dagster_pipes_jvm, importlib.metadata, json
        from dagster_pipes import PipesContext, open_dagster_pipes
        from dagster_pipes.version import __version__ as carried
        from dagster_pipes_jvm.injob.write.s3 import PipesJvmS3MessageWriter
        from dagster_pipes_jvm.pyspark import StreamingReports, TaskReports, open_pipes, table_schema
        installed = [found.metadata["Name"] for found in importlib.metadata.distributions()]
        files = [dagster_pipes.__file__, dagster_pipes_jvm.__file__]
        print(json.dumps([installed, carried, dagster_pipes_jvm.__version__, files]))
    """
    installed, carried, ours, files = json.loads(bare.says(code, ZIP))
    assert installed == []
    assert (carried, ours) == (CARRIED, __version__)
    assert all(file.startswith(f"{ZIP}/_pipes_jvm/") for file in files)


@pytest.mark.parametrize(
    "opening",
    [
        "from dagster_pipes_jvm.pyspark import open_pipes; pipes = open_pipes()",
        "from dagster_pipes import open_dagster_pipes; pipes = open_dagster_pipes()",
    ],
    ids=["open_pipes", "open_dagster_pipes"],
)
def test_a_session_without_a_jvm_reports_from_a_python_without_packages(
    bare: Bare, opening: str, tmp_path: Path
) -> None:
    messages = tmp_path / "messages"
    context: dict[str, Any] = {
        **{key: {"orders": None} for key in ("code_version_by_asset_key", "provenance_by_asset_key")},
        **dict.fromkeys(("partition_key", "partition_key_range", "partition_time_window", "job_name")),
        "asset_keys": ["orders"],
        "run_id": "3f1c",
        "retry_number": 0,
        "extras": {"day": "2026-11-27"},
    }
    code = f"""if True:
        {opening}
        with pipes:
            from dagster_pipes import PipesContext
            PipesContext.get().report_asset_materialization(metadata={{"day": pipes.get_extra("day")}})
    """
    environment = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": context}),
        "DAGSTER_PIPES_MESSAGES": encode_param({"path": str(messages)}),
    }
    assert bare.run(code, ZIP, **environment).stderr == ""
    sent = [decode_line(line) for line in messages.read_text(encoding="utf-8").splitlines()]
    assert [message["method"] for message in sent] == ["opened", "report_asset_materialization", "closed"]
    assert sent[1]["params"]["metadata"]["day"]["raw_value"] == "2026-11-27"


@pytest.mark.parametrize("order", ORDERS)
def test_an_installed_package_of_another_version_is_used_whole(bare: Bare, order: str, tmp_path: Path) -> None:
    installed = package(
        tmp_path / "site",
        "dagster_pipes_jvm",
        __init__="from dagster_pipes_jvm._version import __version__\nfrom . import job as _job",
        _version="__version__ = '9.9'",
        job="NAME = __name__",
        pyspark="WHO = 'the installed one'",
    )
    package(installed, "dagster_pipes", __init__="from .version import __version__", version="__version__ = '99.0'")
    code = """if True:
        import dagster_pipes, dagster_pipes_jvm.job, dagster_pipes_jvm.pyspark, importlib.util, json, sys
        def seen(module):
            spec = module.__spec__
            assert spec is importlib.util.find_spec(module.__name__)
            assert spec.loader is module.__loader__ and not getattr(spec, "_initializing", False)
            assert spec.origin == module.__file__ and spec.submodule_search_locations == module.__path__
            assert module is sys.modules[module.__name__] and not hasattr(module, "load")
            return [module.__version__, module.__file__, list(module.__path__)]
        print(json.dumps([seen(dagster_pipes), seen(dagster_pipes_jvm), dagster_pipes_jvm.pyspark.WHO]))
    """
    ours, theirs = (str(installed / name) for name in ("dagster_pipes_jvm", "dagster_pipes"))
    assert json.loads(bare.says(code, *ordered(order, installed))) == [
        ["99.0", f"{theirs}/__init__.py", [theirs]],
        ["9.9", f"{ours}/__init__.py", [ours]],
        "the installed one",
    ]


@pytest.mark.parametrize("order", ORDERS)
def test_each_of_the_two_packages_is_looked_for_by_itself(bare: Bare, order: str, tmp_path: Path) -> None:
    installed = package(tmp_path / "site", "dagster_pipes_jvm", __init__="__version__ = '9.9'")
    code = "import dagster_pipes_jvm, dagster_pipes.version as p; print(dagster_pipes_jvm.__version__, p.__version__)"
    assert bare.says(code, *ordered(order, installed)) == f"9.9 {CARRIED}"


@pytest.mark.parametrize("order", ORDERS)
def test_the_installed_wheel_goes_on_working(bare: Bare, order: str) -> None:
    """With Dagster and all, in the Python of this process."""
    code = """if True:
        import dagster_pipes_jvm.job, dagster_pipes
        from dagster_pipes_jvm import SparkJob, bridge_jar
        from dagster_pipes_jvm.pyspark import open_pipes
        print(bridge_jar(), SparkJob is dagster_pipes_jvm.job.SparkJob, dagster_pipes.__file__)
    """
    here = Bare(Path(sys.executable), bare.pyspark, bare.folder)
    jar, is_one, file = here.says(code, *ordered(order, REPOSITORY / "python")).split()
    assert Path(jar).parents[3] == REPOSITORY
    assert (is_one, file.startswith(str(ZIP))) == ("True", False)


@pytest.mark.parametrize("order", ORDERS)
def test_a_package_in_a_zip_of_the_users_goes_before_ours(bare: Bare, order: str, tmp_path: Path) -> None:
    folder = package(tmp_path / "site", "dagster_pipes", __init__="from . import version", version="__version__ = '99'")
    users = Path(shutil.make_archive(str(tmp_path / "users"), "zip", folder))
    code = "import dagster_pipes, dagster_pipes.version as p; print(p.__version__, dagster_pipes.__file__)"
    assert bare.says(code, *ordered(order, users)) == f"99 {users}/dagster_pipes/__init__.py"


def test_two_of_our_zips_and_an_unpacked_one_are_one(bare: Bare, tmp_path: Path) -> None:
    other, unpacked = tmp_path / "other.zip", tmp_path / "unpacked"
    with zipfile.ZipFile(ZIP) as opened:
        opened.extractall(unpacked)
    version = unpacked / "_pipes_jvm" / "dagster_pipes_jvm" / "_version.py"
    version.write_text("__version__ = '9.9'", encoding="utf-8")
    shutil.make_archive(str(other.with_suffix("")), "zip", unpacked)
    code = "import dagster_pipes_jvm.pyspark as p, dagster_pipes_jvm as d; print(d.__version__, d.__file__)"
    assert bare.says(code, ZIP, other, unpacked).startswith(f"{__version__} {ZIP}")
    assert bare.says(code, other, ZIP).startswith(f"9.9 {other}")
    assert bare.says(code, unpacked, ZIP).startswith(f"9.9 {unpacked}")
    installed = package(tmp_path / "site", "dagster_pipes_jvm", __init__="__version__ = '5'", pyspark="")
    assert bare.says(code, other, ZIP, installed, unpacked) == f"5 {installed}/dagster_pipes_jvm/__init__.py"


@pytest.mark.parametrize("order", ORDERS)
def test_a_folder_that_a_removed_package_has_left_is_no_package(bare: Bare, order: str, tmp_path: Path) -> None:
    for name in ("dagster_pipes", "dagster_pipes_jvm"):
        (tmp_path / "site" / name).mkdir(parents=True)
    code = "import dagster_pipes_jvm.pyspark, dagster_pipes_jvm as d, dagster_pipes as p; print(d.__file__, p.__file__)"
    files = bare.says(code, *ordered(order, tmp_path / "site")).split()
    assert all(file.startswith(str(ZIP)) for file in files)


def test_an_installed_package_that_does_not_import_is_replaced_with_a_notice(bare: Bare, tmp_path: Path) -> None:
    installed = package(
        tmp_path / "site",
        "dagster_pipes",
        __init__="LEFT = 1\nfrom . import version, other\nfrom typing import NotInThisPython",
        version="__version__ = '99'",
        other="",
    )
    code = """if True:
        import dagster_pipes, dagster_pipes.version, sys
        print(dagster_pipes.version.__version__, hasattr(dagster_pipes, "LEFT"), "dagster_pipes.other" in sys.modules)
    """
    done = bare.run(code, ZIP, installed)
    assert done.stdout == f"{CARRIED} False False\n"
    (notice,) = done.stderr.splitlines()
    assert notice.startswith(f"[dagster-pipes] {installed}/dagster_pipes/__init__.py cannot be imported by Python 3.")
    assert "(ImportError: cannot import name 'NotInThisPython' from 'typing'" in notice
    assert notice.endswith(f" {ZIP}/_pipes_jvm/dagster_pipes/__init__.py takes its place.")


def test_the_newest_dagster_pipes_gives_way_on_a_python_that_is_too_old_for_it(bare: Bare, tmp_path: Path) -> None:
    spec = find_spec("dagster_pipes")
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, tmp_path / "site" / "dagster_pipes")
    code = "import sys; from dagster_pipes.version import __version__; print(sys.version_info < (3, 10), __version__)"
    done = bare.run(code, ZIP, tmp_path / "site")
    is_too_old, version = done.stdout.split()
    assert (version == CARRIED) == (is_too_old == "True")
    assert ("cannot be imported by Python 3.9" in done.stderr) == (is_too_old == "True")


def test_finders_of_other_software_are_asked_and_may_find_our_shims(bare: Bare, tmp_path: Path) -> None:
    installed = package(tmp_path / "elsewhere", "dagster_pipes", __init__="__version__ = '99'")
    code = f"""if True:
        import sys
        from importlib.machinery import PathFinder
        class Editable:
            @staticmethod
            def find_spec(name, path=None, target=None):
                return PathFinder.find_spec(name, [{str(installed)!r}]) if path is None else None
        class Rewriting:
            @staticmethod
            def find_spec(name, path=None, target=None):
                return PathFinder.find_spec(name, path)
        class Old:
            @staticmethod
            def find_module(name, path=None):
                return None
        sys.meta_path[:] = [Old, Rewriting, *sys.meta_path, Editable]
        import dagster_pipes, dagster_pipes_jvm as p
        print(dagster_pipes.__version__, p.__file__)
    """
    version, file = bare.says(code, ZIP).split()
    assert (version, file.startswith(str(ZIP))) == ("99", True)


def test_threads_that_import_at_once_see_the_whole_package(bare: Bare, tmp_path: Path) -> None:
    if bare.says("import zipimport; print(hasattr(zipimport.zipimporter, 'exec_module'))") == "False":
        pytest.skip("with zipimport of Python 3.9 threads see any package of a zip while it is imported")
    installed = package(tmp_path / "site", "dagster_pipes", __init__="import time; time.sleep(0.3); DONE = True")
    code = """if True:
        import threading
        seen, begin = [], threading.Barrier(8)
        def look():
            begin.wait()
            import dagster_pipes
            seen.append(dagster_pipes.DONE)
        threads = [threading.Thread(target=look) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(len(seen))
    """
    assert bare.says(code, ZIP, installed) == "8"


def test_a_module_that_the_job_does_not_get_is_told_by_its_name(bare: Bare) -> None:
    done = bare.run("import dagster_pipes_jvm.job", ZIP, fails=True)
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'dagster_pipes_jvm.job'"
