"""The wheel and the sdist: PyPI takes them, and two builds of them give the same bytes."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from email.message import Message
from email.parser import Parser
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dagster_pipes_jvm import bridge_jar
from dagster_pipes_jvm._version import __version__
from tests.conftest import REPOSITORY

URL = "https://github.com/dagster-pipes-jvm/dagster-pipes-jvm"
PICTURES = "https://raw.githubusercontent.com/dagster-pipes-jvm/dagster-pipes-jvm"


def build(root: Path, target: Path, *, umask: int = 0o022, **environment: str) -> tuple[Path, Path]:
    """Build in a folder; returns the wheel and the sdist."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target), "-t", "sdist", "-t", "wheel"]
    variables = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        command, cwd=root, env={**variables, **environment}, umask=umask, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(REPOSITORY, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(built: tuple[Path, Path]) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(built[0]) as opened:
        yield opened


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(wheel.read(in_info(wheel, "METADATA")).decode())


def in_info(wheel: zipfile.ZipFile, end: str) -> str:
    (name,) = (name for name in wheel.namelist() if ".dist-info/" in name and name.endswith(end))
    return name


def components(bill: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """The components inside of a component, by name."""
    found = {entry["name"]: entry for entry in bill["components"]}
    return components(found[path[0]], *path[1:]) if path else found


def test_two_builds_in_two_folders_time_zones_and_umasks_give_the_same_bytes(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    wheel, sdist = built
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    other = tmp_path / sdist.name.removesuffix(".tar.gz")
    again = build(other, tmp_path / "dist", umask=0o077, TZ="Pacific/Auckland")
    assert again[0].read_bytes() == wheel.read_bytes()
    assert again[1].read_bytes() == sdist.read_bytes()


def test_pypi_takes_both(built: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_the_metadata_is_complete(metadata: Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.10"
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL", []))
    assert set(urls) == {"Homepage", "Documentation", "Changelog", "Issues", "Source"}
    assert all(url.startswith(URL) for url in urls.values())
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_readme_has_whole_links_on_pypi_to_the_pages_of_this_version(metadata: Message) -> None:
    text = str(metadata.get_payload())
    assert 'pipes.extra[String]("path")' in text  # code that looks like a link
    links = re.findall(r"(!?)\[[^\]]*\]\(([\w.#/][^)\s]*)\)", text)
    assert len(links) > 20
    assert [link for _, link in links if not link.startswith("https://")] == []
    ours = [(picture, link) for picture, link in links if "dagster-pipes-jvm/dagster-pipes-jvm" in link]
    for picture, link in ours:
        folder, _, page = link.partition(f"/v{__version__}/")
        assert folder == (PICTURES if picture else f"{URL}/blob")
        assert (REPOSITORY / page.partition("#")[0]).exists(), link


def test_the_bill_of_materials_in_the_wheel_lists_what_it_carries_of_other_projects(wheel: zipfile.ZipFile) -> None:
    bill = json.loads(wheel.read(in_info(wheel, f"/sboms/dagster-pipes-jvm-{__version__}-wheel.cdx.json")))
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "dagster-pipes-jvm")
    jar = components(bill)["dagster-pipes-jvm"]
    assert jar["hashes"] == [{"alg": "SHA-256", "content": sha256(bridge_jar().read_bytes()).hexdigest()}]
    (gson,) = components(bill, "dagster-pipes-jvm").values()
    versions = (REPOSITORY / "project" / "Versions.scala").read_text(encoding="utf-8")
    assert f'val gson  = "{gson["version"]}"' in versions
    zipped = f"dagster-pipes-jvm-pyspark-{__version__}.zip"
    requirements = (REPOSITORY / "python" / "pyspark_zip" / "requirements.txt").read_text(encoding="utf-8")
    (pipes,) = components(bill, zipped).values()
    assert f"dagster-pipes=={pipes['version']} " in requirements
    carried = {Path(name).name for name in wheel.namelist() if name.endswith((".jar", ".zip"))}
    listed = {zipped, *(f"{name}-{__version__}.jar" for name in components(bill) if name != zipped)}
    assert carried == listed


def test_jars_and_zip_in_the_wheel_have_entries_without_the_time_of_the_build(wheel: zipfile.ZipFile) -> None:
    for name in wheel.namelist():
        if name.endswith((".jar", ".zip")):
            with wheel.open(name) as opened, zipfile.ZipFile(opened) as inner:
                assert {entry.date_time[0] for entry in inner.infolist()} <= {1980, 2010}, name
