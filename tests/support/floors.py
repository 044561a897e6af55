"""The floors of the Python side as `CONTRIBUTING.md` shows them, drawn from the imports: `python -m tests.support.floors`.

import-linter (`make lint`) refuses an import upward; this says what each floor is for, and which floors it really imports.
"""

import ast
from functools import cache
from pathlib import Path

import grimp
import tomllib

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "CONTRIBUTING.md"
BEGIN, END = "<!-- floors: begin -->\n", "<!-- floors: end -->"

_PACKAGE = "dagster_pipes_jvm"


def floors() -> list[str]:
    """The names of the floors from the top down, as import-linter is given them."""
    config = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    return next(contract["layers"] for contract in contracts if contract["containers"] == [_PACKAGE])


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(_PACKAGE, exclude_type_checking_imports=True)


def imports(floor: str) -> set[str]:
    """The floors that a floor imports directly, itself not counted."""
    graph, module = _graph(), f"{_PACKAGE}.{floor}"
    importers = {module, *graph.find_descendants(module)}
    imported = {name for importer in importers for name in graph.find_modules_directly_imported_by(importer)}
    return {name.split(".")[1] for name in imported if name.count(".") >= 1} & set(floors()) - {floor}


def idea(floor: str) -> str:
    """What a floor is for: the first sentence of its docstring."""
    path = REPOSITORY / "python" / _PACKAGE / floor
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").rstrip(".")


def picture() -> str:
    """One row a floor, the top one first: what it is for, and the floors below that it imports."""
    order = floors()
    rows = ["| floor | what it is for | imports |", "|---|---|---|"]
    for floor in order:
        below = sorted(imports(floor), key=order.index)
        names = ", ".join(f"`{name}`" for name in below)
        rows.append(f"| `{floor}` | {idea(floor)} | {names or 'nothing of ours'} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + picture() + END + rest.partition(END)[2], encoding="utf-8")
