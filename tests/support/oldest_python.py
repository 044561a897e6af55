"""The oldest Python of a cluster, with the packages that a job may find there; in `build/python3.9`."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.in_job import OLDEST

_FOLDER = Path(__file__).parents[2] / "build" / f"python{OLDEST}"
# The last dagster-pipes that can be imported there.
_PACKAGES = ["dagster-pipes==1.11.16", "boto3"]


def oldest_python() -> Path | None:
    """The Python of an environment with dagster-pipes and boto3, or `None` if this machine has no such Python."""
    python, made = _FOLDER / "bin" / "python", _FOLDER / ".made"
    if made.exists() and made.stat().st_mtime > Path(__file__).stat().st_mtime and _is_oldest(str(python)):
        return python
    found = next((path for path in _candidates() if _is_oldest(path)), None)
    if found is None:
        return None
    made.unlink(missing_ok=True)
    subprocess.run([found, "-m", "venv", "--clear", _FOLDER], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_PACKAGES]
    subprocess.run(install, check=True)
    made.touch()
    return python


def _candidates() -> Iterator[str]:
    if on_path := shutil.which(f"python{OLDEST}"):
        yield on_path
    if pyenv := shutil.which("pyenv"):
        versions = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=False).stdout
        for version in versions.split():
            if version.startswith(f"{OLDEST}."):
                prefix = subprocess.run([pyenv, "prefix", version], capture_output=True, text=True, check=False).stdout
                yield f"{prefix.strip()}/bin/python"


def _is_oldest(python: str) -> bool:
    code = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
    try:
        # A shim of pyenv exists for a version that is not selected, and fails.
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.strip() == OLDEST
