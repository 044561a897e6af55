"""Pythons without any package, as on a cluster where nothing was installed."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
OLDEST = "3.9"


def interpreter(version: str) -> Path | None:
    """A Python of this version on this machine, on `PATH` or in pyenv's folder."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for candidate in (shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python{version}"))):
        # pyenv puts a command on PATH that fails where this version is not the chosen one.
        if candidate and not subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode:
            return Path(candidate)
    return None


def bare_python(folder: Path, version: str | None = None) -> Path | None:
    """The Python of a new virtual environment without pip and packages.

    Args:
        folder: where the environment is created.
        version: such as `3.9`; by default that of this process.

    Returns:
        Path | None: `None` if this machine has no such Python.
    """
    base = Path(sys.executable) if version is None else interpreter(version)
    if base is None:
        return None
    subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def pyspark_of(spark: str) -> list[Path]:
    """The archives that Spark puts on the Python path of its drivers and workers: no installation."""
    if spark == "3.5":
        (home,) = (REPOSITORY / ".venv-spark35").glob("lib/python3*/site-packages/pyspark")
    else:
        spec = find_spec("pyspark")
        assert spec is not None
        assert spec.origin is not None
        home = Path(spec.origin).parent
    return sorted((home / "python" / "lib").glob("*.zip"))
