"""Only `_dagster.py` uses private names of Dagster. import-linter cannot forbid parts of another package."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import REPOSITORY
from tests.support.our_classes import package_classes, package_modules, private_attributes_of_dagster

PACKAGE = REPOSITORY / "python" / "dagster_pipes_jvm"
DAGSTERS = ("dagster", "dagster_aws", "dagster_pipes", "dagster_shared", "dagster_graphql")
# pyspark and py4j have no public way to the JVM. The public methods of a namedtuple begin with an underscore.
OTHERS = {"_jvm", "_gateway", "_ensure_initialized", "_jsparkSession", "_replace"}


def sources() -> list[Path]:
    return [path for path in sorted(PACKAGE.parent.rglob("*.py")) if path != PACKAGE / "_dagster.py"]


def is_private_to_dagster(dotted: str) -> bool:
    root, *rest = dotted.split(".")
    return root in DAGSTERS and any(part.startswith("_") and not part.startswith("__") for part in rest)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that is imported, and of every text that names a module to import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call):
            texts = [*node.args, *(keyword.value for keyword in node.keywords)]
            yield from (
                (node.lineno, text.value)
                for text in texts
                if isinstance(text, ast.Constant) and isinstance(text.value, str)
            )


def defined(tree: ast.AST) -> set[str]:
    """The names with a leading underscore that a module gives to attributes and methods of its own."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = {node.name for node in ast.walk(tree) if isinstance(node, functions)}
    found |= {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    }
    return found


def reached_into(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Attributes with a leading underscore of something else than `self`, which the module does not define itself."""
    own = defined(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            is_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not is_self and node.attr not in own | OTHERS:
                yield node.lineno, ast.unparse(node)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(PACKAGE.parent).as_posix())
def test_nothing_private_to_dagster_is_imported_or_reached_into(path: Path) -> None:
    assert [f"{line}: {name}" for line, name in imports(parsed(path)) if is_private_to_dagster(name)] == []
    assert [f"{line}: {name}" for line, name in reached_into(parsed(path)) if "os._exit" not in name] == []


def test_each_way_to_a_private_name_is_seen() -> None:
    tree = ast.parse(
        "import dagster._core.events\n"
        "from dagster import _check\n"
        "from dagster._core import errors\n"
        "api = import_module('dagster._core.pipes.reattach')\n"
        "api = import_module(name='dagster._core.pipes.utils')\n"
        "handler._context.log\n"
        "super()._handle_log('text')\n"
        "from dagster import AssetKey\n"
        "self._context\n"
    )
    assert [line for line, name in imports(tree) if is_private_to_dagster(name)] == [1, 2, 3, 4, 5]
    assert [line for line, _ in reached_into(tree)] == [6, 7]


def is_of_the_boundary(module: ModuleType | None) -> bool:
    return module is not None and module.__name__ == "dagster_pipes_jvm._dagster"


@pytest.mark.parametrize("ours", package_classes(), ids=lambda ours: ours.__qualname__)
def test_no_private_attribute_of_dagsters_is_inherited(ours: type) -> None:
    """Neither what Dagster's `__init__` sets nor a method; and none is overridden."""
    if is_of_the_boundary(inspect.getmodule(ours)):
        return
    private = private_attributes_of_dagster(ours)
    bases = [base for base in ours.__mro__ if inspect.getmodule(base) in package_modules()]
    bases = [base for base in bases if not is_of_the_boundary(inspect.getmodule(base))]
    read = {
        node.attr
        for base in bases
        for node in ast.walk(parsed(Path(inspect.getfile(base))))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    }
    assert read & private == set()
    assert {name for base in bases for name in vars(base)} & private == set()
