"""The floors of the house as `CONTRIBUTING.md` shows them, drawn from the imports: `python -m tests.support.floors`.

import-linter (Python) and ArchUnit (JVM) refuse an import upward. The picture adds the purpose of each floor, and the
floors below that it imports.
"""

import ast
import re
from functools import cache
from pathlib import Path

import grimp
import tomllib

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "CONTRIBUTING.md"
BEGIN, END = "<!-- floors: begin -->\n", "<!-- floors: end -->"

_PACKAGE = "dagster_pipes_jvm"
_JVM = REPOSITORY / "jvm"
_IMPORT = re.compile(r"^import (?:static )?dagsterpipes\.([a-z0-9]+\.)?[A-Z_{]")


def python_floors() -> list[str]:
    """The floors of the Python package from the top down, as import-linter is given them."""
    config = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(contract["layers"] for contract in contracts if contract["containers"] == [_PACKAGE])
    return layers


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(_PACKAGE, exclude_type_checking_imports=True)


def python_imports(floor: str) -> set[str]:
    """The floors that a floor imports directly, without itself."""
    graph, module = _graph(), f"{_PACKAGE}.{floor}"
    importers = {module, *graph.find_descendants(module)}
    imported = {name for importer in importers for name in graph.find_modules_directly_imported_by(importer)}
    return {name.split(".")[1] for name in imported if "." in name} & set(python_floors()) - {floor}


def python_idea(floor: str) -> str:
    """The first sentence of a floor's docstring."""
    path = REPOSITORY / "python" / _PACKAGE / floor
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return _first_sentence(ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "")


def jvm_floors() -> list[list[str]]:
    """The floors of the JVM side from the top down, as ArchUnit is given them; each has packages, `MODULE/PACKAGE`."""
    lines = (_JVM / "floors.txt").read_text(encoding="utf-8").splitlines()
    return [line.split() for line in reversed(lines) if line and not line.startswith(("#", "except"))]


def _jvm_sources(package: str) -> list[Path]:
    module, name = package.split("/")
    language = "scala" if module == "scaladsl" else "java"
    folder = _JVM / module / "src" / "main" / language / "dagsterpipes" / ("" if name == "." else name)
    return sorted(folder.glob(f"*.{language}"))


def jvm_imports(package: str) -> set[str]:
    """The packages of the JVM side that a package's source files import, without itself."""
    by_name = {name.split("/")[1]: name for floor in jvm_floors() for name in floor}
    found = set()
    for source in _jvm_sources(package):
        for line in source.read_text(encoding="utf-8").splitlines():
            if match := _IMPORT.match(line):
                found.add(by_name.get((match[1] or "..")[:-1], ""))
    return found - {package, ""}


def jvm_idea(package: str) -> str:
    """The first sentence of a package's comment; the facade has none of its own, since Scala knows no such file."""
    for source in _jvm_sources(package):
        if source.name == "package-info.java":
            comment = source.read_text(encoding="utf-8").partition("/**")[2].partition("*/")[0]
            text = re.sub(r"\n \* ?", "\n", comment).partition("<p>")[0]
            return _first_sentence(re.sub(r"\{@\w+ (?:dagsterpipes\.)?([^}]+)\}", r"`\1`", text).strip())
    return "The Scala facade, in the application's own jar"


def _first_sentence(text: str) -> str:
    joined = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[.])\s", joined)[0].rstrip(".")


def picture() -> str:
    """Both sides, the top floor first: what each part is for, and the parts below that it imports."""
    rows = ["| Dagster's side | purpose | imports |", "|---|---|---|"]
    order = python_floors()
    for floor in order:
        below = sorted(python_imports(floor), key=order.index)
        rows.append(f"| `{floor}` | {python_idea(floor)} | {_names(below)} |")
    rows += ["", "| in the job | purpose | imports |", "|---|---|---|"]
    packages = [package for floor in jvm_floors() for package in floor]
    for package in packages:
        below = sorted(jvm_imports(package), key=packages.index)
        rows.append(f"| `{package}` | {jvm_idea(package)} | {_names(below)} |")
    return "\n".join(rows) + "\n"


def _names(floors: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in floors) or "no other floor"


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + picture() + END + rest.partition(END)[2], encoding="utf-8")
