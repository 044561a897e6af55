"""Writes the files of a new project from the templates beside this module."""

import keyword
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.init.languages import LANGUAGES, Language
from dagster_pipes_jvm.init.repository import copy_maven_repository

_TEMPLATES = Path(__file__).parent / "templates"
_PLACEHOLDER = re.compile(r"__([A-Z][A-Z_]*?)__")
# Names that a file of a package cannot have in the tree of the templates.
_RENAMED = {"gitignore": ".gitignore"}
_SBT = Path("jobs", "sbt")
_CALL = "create_project"

_JAR_JOBS = """ORDERS = SparkJob(place("jobs/target/jobs.jar"), main_class="jobs.Orders")
REVENUE = SparkJob(place("jobs/target/jobs.jar"), main_class="jobs.Revenue")"""
_SCRIPT_JOBS = """ORDERS = SparkJob(place("jobs/orders.py"))
REVENUE = SparkJob(place("jobs/revenue.py"))"""


def create_project(folder: Path, language: Language) -> list[Path]:
    """Write a project into a folder: two assets, the Spark jobs that materialize them, and a test of the jobs.

    The Scala and Java builds resolve this version of the bridge from a Maven repository in the project.

    Args:
        folder: where the project goes. Its last part is the project's name, and the Python package has the same name
            with `_` for other characters. It must not exist, or be empty.
        language: of the jobs.

    Returns:
        list[Path]: the files, without those of the Maven repository.

    Raises:
        InvalidParameterError: the folder is not empty, or its name is no name for a Python package.
        MavenRepositoryNotFoundError: this installation carries no jars.
    """
    name = folder.resolve().name
    package = re.sub(r"\W", "_", name).lower()
    if not package.isidentifier() or keyword.iskeyword(package):
        raise _invalid("folder", "a folder whose name can name a Python package", name, "Choose another folder.")
    if language not in LANGUAGES:
        raise _invalid("language", f"one of {', '.join(LANGUAGES)}", language, "Choose one of them.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise _invalid("folder", "a new or an empty folder", str(folder), "Choose another folder; nothing was written.")
    if language != "pyspark":
        copy_maven_repository(folder / "jobs" / "repository")
    values = _values(name, package, language)
    templates = {
        template: template.relative_to(root)
        for root in (_TEMPLATES / "common", _TEMPLATES / language)
        for template in sorted(root.rglob("*"))
        if template.is_file() and "__pycache__" not in template.parts
    }
    if language == "scala" and _SBT not in templates.values():
        templates[_TEMPLATES.parents[3] / "sbt"] = _SBT  # In a checkout; the wheel has it among the templates.
    return [_write(template, folder / _filled(str(to), values), values) for template, to in templates.items()]


def _values(name: str, package: str, language: Language) -> Mapping[str, str]:
    script = language == "pyspark"
    return {
        "NAME": name,
        "PACKAGE": package,
        "VERSION": __version__,
        "BUCKET": re.sub(r"[^a-z0-9]+", "-", package).strip("-") + "-data",
        "KIND": language,
        "JOBS": _SCRIPT_JOBS if script else _JAR_JOBS,
        "UPLOADED": '["jobs/orders.py", "jobs/revenue.py"]' if script else '["jobs/target/jobs.jar"]',
        **_spark_of_builds(),
    }


def _spark_of_builds() -> Mapping[str, str]:
    """The Spark to compile with: a job runs on newer minor versions of it, too."""
    try:
        is_spark_3 = version("pyspark").startswith("3.")
    except PackageNotFoundError:
        is_spark_3 = False
    if is_spark_3:
        return {"SPARK": "3.5.9", "SCALA": "2.12.20", "SCALA_BINARY": "2.12"}
    return {"SPARK": "4.2.0", "SCALA": "2.13.18", "SCALA_BINARY": "2.13"}


def _write(template: Path, target: Path, values: Mapping[str, str]) -> Path:
    target = target.with_name(_RENAMED.get(target.name, target.name))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_filled(template.read_text(encoding="utf-8"), values), encoding="utf-8")
    if template.read_bytes().startswith(b"#!"):
        target.chmod(0o755)
    return target


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def _invalid(parameter: str, expected: str, got: str, remedy: str) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call=_CALL, expected=expected, got=got, remedy=remedy, anchor="init"
    )
