"""The classes of this package with a base class in Dagster, and their shared names, for the tests of that surface."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import dagster_pipes_jvm

# The code that runs in a job extends public classes of `dagster_pipes`. It may need pyspark.
_IN_JOBS = ("dagster_pipes_jvm.pyspark", "dagster_pipes_jvm.injob")


@cache
def package_modules() -> tuple[Any, ...]:
    """Every module that runs on Dagster's side."""
    found = walk_packages(dagster_pipes_jvm.__path__, "dagster_pipes_jvm.")
    return tuple(import_module(module.name) for module in found if not module.name.startswith(_IN_JOBS))


def package_classes() -> list[type]:
    """Our classes with a base class in Dagster, except errors."""
    classes = {
        value
        for module in package_modules()
        for value in vars(module).values()
        if isinstance(value, type) and _is_ours(value) and dagster_bases(value)
    }
    return sorted((c for c in classes if not issubclass(c, BaseException)), key=lambda c: c.__qualname__)


def dagster_bases(ours: type) -> list[type]:
    """The ancestors of a class that Dagster defines."""
    return [base for base in ours.__mro__ if base.__module__.split(".")[0] in ("dagster", "dagster_aws")]


def overridden(ours: type) -> Iterator[tuple[str, Any]]:
    """The names of the methods that our class or its ancestors override, with the overridden methods."""
    for name in sorted({name for base in ours.__mro__ if _is_ours(base) for name in vars(base)}):
        if name.startswith("__"):
            continue
        for base in dagster_bases(ours):
            if inspect.isfunction(theirs := vars(base).get(name)):
                yield name, theirs
                break


def private_attributes_of_dagster(ours: type) -> set[str]:
    """The private names that the ancestors in Dagster define, or set in their methods."""
    names = {name for base in dagster_bases(ours) for name in (*vars(base), *_set_by(base))}
    return {name for name in names if name.startswith("_") and not name.startswith(("__", "_abc_"))}


def attributes_of_ours(ours: type) -> set[str]:
    """The names that our class and its ancestors in this package define, or set in their methods."""
    return {name for base in ours.__mro__ if _is_ours(base) for name in (*vars(base), *_set_by(base))}


def _is_ours(candidate: type) -> bool:
    return candidate.__module__.split(".")[0] == "dagster_pipes_jvm"


def _set_by(candidate: type) -> set[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(candidate)))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
