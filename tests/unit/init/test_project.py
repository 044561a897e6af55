"""The files of a new project; tests/endtoend/test_tutorial.py builds and runs them."""

import ast
import os
import re
from pathlib import Path

import pytest
import tomllib
from click.testing import CliRunner

from dagster_pipes_jvm import InvalidParameterError
from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.cli.main import main
from dagster_pipes_jvm.errors import MavenRepositoryNotFoundError
from dagster_pipes_jvm.init.languages import LANGUAGES, Language
from dagster_pipes_jvm.init.project import create_project
from dagster_pipes_jvm.init.repository import maven_repository_beside
from tests.conftest import REPOSITORY


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_project_is_complete(tmp_path: Path, language: Language) -> None:
    folder = tmp_path / "Order-Book"
    files = create_project(folder, language)
    built = [file for file in folder.rglob("*") if file.is_file() and "repository" not in file.parts]
    assert sorted(files) == sorted(built)
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert not re.search("__[A-Z]", text), file
        assert "__" not in str(file).replace("__init__", "")
        if file.suffix == ".py":
            ast.parse(text)
        assert os.access(file, os.X_OK) == (file.name in ("sbt", "mvnw"))
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["dg"]["project"]["root_module"] == "order_book"
    assert (folder / "src" / "order_book" / "definitions.py").is_file()
    assert (folder / ".gitignore").is_file()


@pytest.mark.parametrize(("language", "modules"), [("scala", 4), ("java", 4), ("pyspark", 0)])
def test_the_builds_of_a_project_find_jars_and_poms_in_it(tmp_path: Path, language: Language, modules: int) -> None:
    create_project(tmp_path / "shop", language)
    repository = tmp_path / "shop" / "jobs" / "repository" / "io" / "github" / "dagster-pipes-jvm"
    for kind in ("jar", "pom"):
        assert len([*repository.glob(f"*/{__version__}/*-{__version__}.{kind}")]) == modules


def test_the_versions_of_a_scala_build_are_those_with_which_this_build_is_tested(tmp_path: Path) -> None:
    create_project(tmp_path / "shop", "scala")
    jobs = tmp_path / "shop" / "jobs"
    build, plugins = ((jobs / name).read_text(encoding="utf-8") for name in ("build.sbt", "project/plugins.sbt"))
    ours = {name: (REPOSITORY / "project" / name).read_text() for name in ("Versions.scala", "plugins.sbt")}
    (munit,) = re.findall(r'"munit" +% "([\d.]+)"', build)
    assert f'val munit = "{munit}"' in ours["Versions.scala"]
    (spark,), (scala,) = (
        re.findall(r'"spark-sql" +% "([\d.]+)"', build),
        re.findall(r'scalaVersion := "([\d.]+)"', build),
    )
    assert f'platform("{spark}", "{scala}"' in ours["Versions.scala"]
    (assembly,) = re.findall(r'"sbt-assembly" +% "([\d.]+)"', plugins)
    assert re.search(rf'"sbt-assembly" +% "{assembly}"', ours["plugins.sbt"])
    properties = "project/build.properties"
    assert (jobs / properties).read_text() == (REPOSITORY / properties).read_text()


@pytest.mark.parametrize("name", ["3d", "class"])
def test_a_folder_that_can_name_no_package_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidParameterError, match="parameter `folder` of `create_project`"):
        create_project(tmp_path / name, "pyspark")
    assert not [*tmp_path.iterdir()]


def test_a_folder_that_holds_something_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "notes.txt").write_text("mine")
    done = CliRunner().invoke(main, ["init", str(tmp_path / "shop"), "--language", "pyspark"])
    assert done.exit_code == 1
    assert "Error: " in done.output
    assert "notes" not in done.output
    assert [file.name for file in (tmp_path / "shop").iterdir()] == ["notes.txt"]


def test_an_installation_without_jars_says_which_command_makes_them(tmp_path: Path) -> None:
    with pytest.raises(MavenRepositoryNotFoundError, match="make maven"):
        maven_repository_beside(tmp_path / "python" / "dagster_pipes_jvm")


def test_the_command_says_what_it_wrote_and_what_is_next(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", str(tmp_path / "shop"), "--language", "pyspark"])
    assert done.exit_code == 0, done.output
    assert f"wrote {tmp_path / 'shop' / 'jobs' / 'orders.py'}" in done.output
    assert done.output.endswith(f"Next: {tmp_path / 'shop' / 'README.md'}\n")
