"""The tutorial, in the words of its page: a new folder, the built wheel, and a project of each language."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from tests.conftest import REPOSITORY
from tests.support.emr import until_true

BLOCKS = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8"), re.DOTALL)
ENVIRONMENT, INIT, BUILD, LAUNCH, DEV, EMR = BLOCKS
# The wheel and the command line of Dagster's projects: pip installs these in each new environment.
INSTALLED_THERE = ("dagster_pipes_jvm", "dagster_dg", "_dagster_pipes_jvm", "__editable__")
# The variables of a machine, such as the way to its package registries; those of a user are left out.
MACHINES = re.compile(
    r"PATH|JAVA_HOME|JAVA_TOOL_OPTIONS|LANG|SPARK_LOCAL_IP|PIP_\w+|COURSIER_REPOSITORIES|SSL_\w+|(?i:\w+_proxy)"
)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, capture_output=True, check=True)
    return folder


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the tests' own environment, without those that the tutorial is about: 500 MB less to fetch."""
    folder = tmp_path_factory.mktemp("packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith(INSTALLED_THERE) and package.suffix != ".pth":
            (folder / package.name).symlink_to(package)
    return folder


class Reader:
    """A user who types the blocks of the page into one shell."""

    def __init__(self, folder: Path, dist: Path, caches: Mapping[str, str]) -> None:
        self.folder = folder / "empty"
        home = folder / "home"
        for new in (self.folder, home):
            new.mkdir()
        given = {name: value for name, value in os.environ.items() if MACHINES.fullmatch(name)}
        # The test's environment has its `bin` in front; a reader has none.
        path = [part for part in given["PATH"].split(os.pathsep) if Path(part) != Path(sys.executable).parent]
        self._environment = {
            **given,
            "PATH": os.pathsep.join(path),
            "HOME": str(home),
            "JAVA_TOOL_OPTIONS": f"{given.get('JAVA_TOOL_OPTIONS', '')} -Duser.home={home}",
            "DIST": str(dist),
            **caches,
        }

    def types(self, *blocks: str) -> str:
        """Run the blocks after what was typed before, in the same folder and with the same variables."""
        script = ". ./state 2>/dev/null; " if (self.folder / "state").exists() else ""
        script += 'cd "${WHERE:-.}"\nset -e\n' + "\n".join(blocks)
        script += f'\nset +e; {{ declare -px; echo "WHERE=$PWD"; }} > "{self.folder}/state"'
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self._environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
        return done.stdout + done.stderr

    def begins(self, block: str) -> subprocess.Popen[str]:
        """Run one block until it is ended."""
        script = f'. ./state\ncd "$WHERE"\n{block}'
        return subprocess.Popen(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def reader(tmp_path: Path, dist: Path) -> Reader:
    """With the jars that this machine has fetched before; everything else is new."""
    return Reader(tmp_path, dist, {"COURSIER_CACHE": str(coursier_cache())})


def coursier_cache() -> Path:
    return Path(os.environ.get("COURSIER_CACHE", Path.home() / ".cache" / "coursier" / "v1"))


def set_up(reader: Reader, packages: Path) -> None:
    create, *rest = ENVIRONMENT.splitlines()
    reader.types(create)
    (site,) = (reader.folder / ".venv" / "lib").glob("python*/site-packages")
    (site / "of_the_tests.pth").write_text(f"{packages}\n")
    reader.types(*rest)


def paid_orders(project: Path) -> tuple[int, list[list[str]]]:
    """The number of paid orders, and the revenue of each day, by Python alone."""
    with (project / "data" / "orders.csv").open() as file:
        paid = [row for row in csv.DictReader(file) if row["status"] == "paid"]
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    for row in paid:
        revenue[row["day"]] += Decimal(row["amount"])
    return len(paid), [[day, f"{amount:.2f}"] for day, amount in sorted(revenue.items())]


def check_the_event_log(project: Path, place: str) -> None:
    with dg.DagsterInstance.from_config(str(project / ".dagster")) as instance:
        orders = instance.get_latest_materialization_event(dg.AssetKey("orders"))
        revenue = instance.get_latest_materialization_event(dg.AssetKey("revenue"))
        assert orders is not None
        assert revenue is not None
        assert orders.asset_materialization is not None
        assert revenue.asset_materialization is not None
        count, by_day = paid_orders(project)
        assert orders.asset_materialization.metadata["dagster/row_count"].value == count
        assert orders.asset_materialization.metadata["path"].value == f"{place}/output/orders"
        shown = revenue.asset_materialization.metadata["preview"].value
        rows = [[str(record.data["day"]), f"{record.data['revenue']:.2f}"] for record in shown.records]
        assert rows == by_day
        (check,) = instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(dg.AssetKey("orders"), "no_customer_is_missing"), limit=1
        )
        assert check.status.value == "SUCCEEDED"


def test_a_scala_asset_in_an_empty_folder_by_the_tutorials_own_words(reader: Reader, packages: Path) -> None:
    set_up(reader, packages)
    reader.types(INIT)
    assert "Passed: Total 1" in reader.types(BUILD)
    reader.types(LAUNCH)
    check_the_event_log(reader.folder / "shop", str(reader.folder / "shop"))


@contextmanager
def web_ui(reader: Reader) -> Iterator[str]:
    """The address of the web UI that `dg dev` serves; Dagster takes another port if its own is used."""
    with reader.begins(DEV) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"Serving .* on (http://[\d.]+:\d+)", line):
                break
        else:
            raise AssertionError("".join(lines))
        # The servers of the code log on; nobody waits for them.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            until_true(lambda: serves(found[1]))
            yield found[1]
        finally:
            os.killpg(process.pid, signal.SIGINT)


def serves(address: str) -> bool:
    """Dagster names the address before it listens there."""
    try:
        urllib.request.urlopen(f"{address}/server_info").close()
    except urllib.error.URLError:
        return False
    return True


def materialized(address: str) -> dict[str, bool]:
    """The assets of the web UI, and whether each has a materialization."""
    query = json.dumps({"query": "{ assetNodes { assetKey { path } assetMaterializations(limit: 1) { runId } } }"})
    request = urllib.request.Request(f"{address}/graphql", query.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        nodes = json.load(answer)["data"]["assetNodes"]
    return {"/".join(node["assetKey"]["path"]): bool(node["assetMaterializations"]) for node in nodes}


@pytest.mark.matrix
@pytest.mark.parametrize("language", ["scala", "java", "pyspark"])
def test_a_project_of_each_language_here_and_on_the_emulator(
    tmp_path: Path, dist: Path, packages: Path, language: str
) -> None:
    """With the caches of nobody."""
    reader = Reader(tmp_path, dist, {})
    set_up(reader, packages)
    project = reader.folder / "shop"
    reader.types(INIT.replace("init shop", f"init shop --language {language}"))
    page = (project / "README.md").read_text(encoding="utf-8")
    *run, on_emr = [block for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if block.strip() != "dg dev"]
    reader.types(*run)
    check_the_event_log(project, str(project))
    with web_ui(reader) as address:
        assert materialized(address) == {"orders": True, "revenue": True}
    reader.types(on_emr)
    check_the_event_log(project, "s3://shop-data")
