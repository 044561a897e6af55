"""Loads the packages of this zip behind the installed ones: the zip shadows nothing.

The zip is early on the Python path of a PySpark job, and has two packages, `dagster_pipes` and `dagster_pipes_jvm`.
The `__init__` of each is a shim that calls `load`. If the job's Python has a package of that name, of any version,
the shim becomes that package. Otherwise it becomes the package beside this file.

The name of this package is also the mark of such a zip, of any version: the packages beside it are shims.

It runs on the cluster's Python, 3.9 or newer, and imports the standard library only.
"""

import os
import sys
from collections.abc import Mapping
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from typing import Any, Optional

_CARRIED = os.path.dirname(__file__)


def load(name: str) -> None:
    """Make a shim, which is being imported, the package itself.

    The module stays the same object, because other threads that import it may have it already, and wait for its end.

    If an installed package raises an exception on import, the zip's package is used, and stderr gets a notice. On
    Python 3.9 that happens with `dagster_pipes` 1.12 and newer.

    Args:
        name: the name of the package.
    """
    carried = PathFinder.find_spec(name, [_CARRIED])
    assert carried is not None
    installed = _installed(name)
    if installed is not None:
        before, shim = set(sys.modules), dict(vars(sys.modules[name]))
        try:
            _execute(installed)
            return
        except Exception as e:
            for module in set(sys.modules) - before:
                if module.startswith(f"{name}."):
                    del sys.modules[module]
            _become(sys.modules[name], shim)
            version = ".".join(map(str, sys.version_info[:3]))
            print(
                f"[dagster-pipes] {installed.origin} cannot be imported by Python {version} ({type(e).__name__}: {e})."
                f" {carried.origin} takes its place.",
                file=sys.stderr,
                flush=True,
            )
    _execute(carried)


def _installed(name: str) -> Optional[ModuleSpec]:
    """The package that Python would import without such zips, or `None`."""
    path = [entry for entry in sys.path if not _is_such_a_zip(entry)]
    for finder in [*sys.meta_path, PathFinder]:
        find_spec: Any = getattr(finder, "find_spec", None)
        spec = find_spec and find_spec(name, path if finder is PathFinder else None)
        # A folder without `__init__` has no loader. It may be left of a package that was removed.
        if spec and spec.loader and not _is_shim(spec):
            return spec  # type: ignore[no-any-return]  # as the protocol of finders says
    return None


def _is_shim(spec: ModuleSpec) -> bool:
    """Whether another finder than Python's own has found a shim."""
    folders = spec.submodule_search_locations or ()
    return any(_is_such_a_zip(os.path.dirname(folder)) for folder in folders)


def _is_such_a_zip(entry: str) -> bool:
    """Whether this entry of the Python path is such a zip, also a copy or an unpacked one."""
    return PathFinder.find_spec(__name__, [entry]) is not None


def _execute(spec: Any) -> None:
    """Execute a package in the module that `sys.modules` has of that name."""
    module = sys.modules[spec.name]
    spec._initializing = True  # as importlib has it: other threads that import the package wait
    _become(module, vars(module_from_spec(spec)))
    try:
        if hasattr(spec.loader, "exec_module"):
            spec.loader.exec_module(module)
        else:
            exec(spec.loader.get_code(spec.name), vars(module))  # zipimport of Python 3.9
    finally:
        spec._initializing = False


def _become(module: Any, attributes: Mapping[str, Any]) -> None:
    """Give a module exactly these attributes; it has a `__spec__` at any time."""
    vars(module).update(attributes)
    for name in set(vars(module)) - set(attributes):
        delattr(module, name)
