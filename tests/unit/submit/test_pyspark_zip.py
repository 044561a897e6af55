"""The content of the PySpark zip, and its size."""

import ast
import runpy
import textwrap
import zipfile
from pathlib import Path

import pytest

from dagster_pipes_jvm import pyspark_zip
from tests.conftest import REPOSITORY
from tests.support.in_job import PACKAGE, in_job

SOURCES = REPOSITORY / "python" / "pyspark_zip"
BUILD = REPOSITORY / "build" / "pyspark"
# spark-submit gets it as a file.
NOT_CARRIED = PACKAGE / "injob" / "script_runner.py"
CARRIED = "_pipes_jvm/dagster_pipes_jvm"

stripped = runpy.run_path(str(SOURCES / "stripped.py"))["stripped"]


@pytest.fixture(scope="module")
def entries() -> dict[str, str]:
    with zipfile.ZipFile(pyspark_zip()) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def carried() -> dict[str, Path]:
    """The files that run in a job, by their names in the zip."""
    files = (file for file in in_job() if file != NOT_CARRIED)
    return {f"{CARRIED}/{file.relative_to(PACKAGE).as_posix()}": file for file in files}


def code(source: str) -> tuple[str, list[tuple[str, int]]]:
    """The code that Python runs, and the line of each node: the tree without docstrings and annotations in functions."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
            for inner in ast.walk(node):
                if isinstance(inner, ast.stmt) and not isinstance(inner, ast.ClassDef):
                    for field in ("body", "orelse", "finalbody"):
                        setattr(inner, field, [plain(child) for child in getattr(inner, field, [])])
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [child for child in body if not is_docstring(child)]  # type: ignore[attr-defined]  # see above
    return ast.dump(tree), [(type(node).__name__, node.lineno) for node in ast.walk(tree) if hasattr(node, "lineno")]


def plain(node: ast.stmt) -> ast.stmt:
    """An assignment without its annotation."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return ast.copy_location(ast.Assign([node.target], node.value), node)
    return node


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def test_the_zip_is_under_forty_five_kilobytes() -> None:
    """Every PySpark job fetches it."""
    assert pyspark_zip().stat().st_size < 45_000


def test_it_has_the_files_of_a_job_the_shims_dagster_pipes_and_the_license(entries: dict[str, str]) -> None:
    assert set(entries) == {
        *("LICENSE", "dagster_pipes/__init__.py", "dagster_pipes_jvm/__init__.py"),
        *("_pipes_jvm/__init__.py", f"{CARRIED}/__init__.py", *carried()),
        *("_pipes_jvm/dagster_pipes/__init__.py", "_pipes_jvm/dagster_pipes/version.py"),
    }
    assert f"{CARRIED}/pyspark.py" in entries
    assert entries["LICENSE"].endswith((REPOSITORY / "LICENSE").read_text(encoding="utf-8"))
    version = ast.parse(entries["_pipes_jvm/dagster_pipes/version.py"]).body[0]
    assert isinstance(version, ast.Assign)
    pin = f"dagster-pipes=={ast.literal_eval(version.value)} "
    assert pin in (SOURCES / "requirements.txt").read_text(encoding="utf-8")
    assert pin.strip().replace("==", " ") in entries["LICENSE"]


def test_nothing_of_the_build_is_in_its_bytes() -> None:
    with zipfile.ZipFile(pyspark_zip()) as opened:
        infos = opened.infolist()
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    assert {(info.date_time, info.external_attr >> 16, info.create_system) for info in infos} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, 3)
    }


def test_its_code_is_that_of_the_sources_line_by_line(entries: dict[str, str]) -> None:
    ours = {
        "dagster_pipes/__init__.py": SOURCES / "shim.py",
        "_pipes_jvm/__init__.py": SOURCES / "_pipes_jvm.py",
        f"{CARRIED}/__init__.py": SOURCES / "in_job.py",
        **carried(),
    }
    for name, path in ours.items():
        source = path.read_text(encoding="utf-8")
        assert code(entries[name]) == code(source), name
        assert entries[name] == stripped(source), "Run `make pyspark-zip`."


def test_the_code_of_dagster_pipes_is_unchanged(entries: dict[str, str]) -> None:
    (wheel,) = BUILD.glob("dagster_pipes-*.whl")
    with zipfile.ZipFile(wheel) as opened:
        for name in ("dagster_pipes/__init__.py", "dagster_pipes/version.py"):
            assert code(entries[f"_pipes_jvm/{name}"]) == code(opened.read(name).decode())


def test_code_is_the_same_without_comments_docstrings_and_most_of_the_indentation() -> None:
    for path in (*SOURCES.glob("*.py"), *(REPOSITORY / "tests" / "unit" / "platforms").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        assert code(stripped(source)) == code(source), path


def test_what_only_people_read_is_gone_and_strings_stay() -> None:
    source = '''\
    """Docstring."""  # größer
    X = """ # no comment
        kept\x20
    """
    """Of X."""


    class Empty(Exception):
        """Alone."""


    def f(a,  # first
          b):
        # only this
        """Docstring
        of two lines."""
        if a: # why
            return "größer # no" # größer
        return b
    '''
    assert stripped(textwrap.dedent(source)).split("\n") == [
        *("", 'X = """ # no comment', "    kept ", '"""', ""),
        *("", "", "class Empty(Exception):", ' ""'),
        *("", "", "def f(a,", "b):"),
        *("", "", "", " if a:", '  return "größer # no"', " return b", ""),
    ]


def test_the_annotations_of_functions_are_gone_and_those_of_fields_stay() -> None:
    source = """\
class A:
    größe: int = 3

    def f(self, a: "Mapping[str, int]", b: int = 3, *c: str, **d: Any) -> dict[
        str, int
    ]:
        x: int = 1
        return lambda ü: {"->": x}
"""
    expected = """\
class A:
 größe: int = 3

 def f(self, a, b = 3, *c, **d):


  x = 1
  return lambda ü: {"->": x}
"""
    assert stripped(source) == expected
